import {X509Certificate} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {createSecureContext} from 'node:tls'
import {isCoded} from './network.ts'

/** What proves to us who the server is, and to it who we are. */
export interface TlsFiles {
  /** PEM, trusted beside the usual roots. */
  readonly ca?: string | undefined
  /** PEM of NODE_EXTRA_CA_CERTS, which Node trusts by itself only as long as nobody names roots. */
  readonly extraCa?: string | undefined
  /** PEM of the client certificate and its key, shown to the API's host alone. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

interface TlsInputs {
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
}

interface ReadInput {
  readonly text?: string | undefined
  readonly problems: readonly string[]
}

/** The text of a file that an input names; why it cannot be read is a problem of that input. */
export async function readInput(name: string, path: string | undefined, cwd: string): Promise<ReadInput> {
  if (path === undefined) return {problems: []}
  try {
    return {text: await readFile(resolve(cwd, path), 'utf8'), problems: []}
  } catch (error) {
    return {problems: [`${name} cannot be read (${isCoded(error) ? error.code : 'unknown reason'})`]}
  }
}

/** Reads the roots, the certificate and the key that the inputs name, and tries whether TLS could use them. */
export async function readTlsFiles(
  inputs: TlsInputs,
  {env, cwd}: {readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string},
): Promise<{readonly files: TlsFiles; readonly problems: readonly string[]}> {
  const ca = await readInput('ca-file', inputs.caFile, cwd)
  // Naming roots of our own would otherwise take away those that Node was told of.
  const extraCa =
    inputs.caFile === undefined
      ? undefined
      : await readFile(env['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8').catch(() => undefined)
  const cert = await readInput('cert-file', inputs.certFile, cwd)
  const key = await readInput('key-file', inputs.keyFile, cwd)
  const files = {ca: ca.text, extraCa, cert: cert.text, key: key.text}
  return {files, problems: [...ca.problems, ...cert.problems, ...key.problems, ...pemProblems(files, inputs)]}
}

function pemProblems({ca, cert, key}: TlsFiles, {certFile, keyFile}: TlsInputs): readonly string[] {
  const pairProblem =
    (certFile === undefined) === (keyFile === undefined) ? [] : ['cert-file and key-file only work together']
  const problems = [
    ...(ca === undefined || isRoot(ca) ? [] : ['ca-file does not hold certificates as PEM']),
    ...(cert === undefined || isUsable({cert}) ? [] : ['cert-file does not hold a certificate as PEM']),
    ...(key === undefined || isUsable({key}) ? [] : ['key-file does not hold a key as PEM, or one with a passphrase']),
  ]
  if (problems.length === 0 && cert !== undefined && key !== undefined && !isUsable({cert, key})) {
    problems.push('cert-file and key-file do not belong together')
  }
  return [...problems, ...pairProblem]
}

/** Each of its certificates: a broken one would be left out without a word. */
function isRoot(pem: string): boolean {
  const certificates = pem.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----.*?-----END [A-Z0-9 ]*CERTIFICATE-----/gs)
  return certificates !== null && certificates.every((certificate) => succeeds(() => new X509Certificate(certificate)))
}

function isUsable(files: TlsFiles): boolean {
  return succeeds(() => createSecureContext(files))
}

function succeeds(tryIt: () => unknown): boolean {
  try {
    tryIt()
    return true
  } catch {
    return false
  }
}

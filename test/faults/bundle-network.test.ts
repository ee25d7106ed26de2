import {createSocket, type Socket as DatagramSocket} from 'node:dgram'
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {createServer as createTlsServer} from 'node:https'
import {connect, createServer, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {runBundle, type BundleRun} from '../support/bundles.ts'
import {expired, other, root, server} from '../support/certificates.ts'
import {testUnless} from '../support/optional.ts'
import {jobOf} from '../support/sequence.ts'
import {closedPort, closeServers, listen, serveHttp} from '../support/servers.ts'
import {missingStrace, missingUnless, runShell} from '../support/shell.ts'

const job = jobOf({})
const token = 'glcbt-canary-of-the-job'

let folder = ''
const nameServers: DatagramSocket[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-network-'))
  writeFileSync(join(folder, 'root.pem'), root)
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))
afterEach(async () => {
  for (const socket of nameServers.splice(0)) socket.close()
  await closeServers()
})

const variables = (origin: string) => ({
  CI_API_V4_URL: `${origin}/api/v4`,
  CI_PROJECT_ID: '1',
  CI_PIPELINE_ID: '1',
  CI_JOB_TOKEN: token,
})
const ask = async (
  origin: string,
  env: Readonly<Record<string, string>> = {},
  ...more: readonly string[]
): Promise<BundleRun> =>
  runBundle('list-jobs', [...(more.includes('--attempts') ? [] : ['--attempts', '3']), ...more], {
    cwd: folder,
    env: {...variables(origin), ...env},
  })
const answers = (seen: string[] = []) =>
  serveHttp((request, response) => {
    seen.push(String(request.headers['job-token']))
    response.end(JSON.stringify([job]))
  })

async function serveTls(pair: {readonly cert: string; readonly key: string}, seen: string[] = []): Promise<number> {
  const tls = createTlsServer(pair, (request, response) => {
    seen.push(String(request.headers['job-token']))
    response.end(JSON.stringify([job]))
  })
  return listen(tls)
}

/** Takes every tunnel to one port, and notes what it was told. */
async function serveProxy(port: number, answer = 'HTTP/1.1 200 OK\r\n\r\n') {
  const heads: string[] = []
  const proxy = createServer((client: Socket) => {
    client.on('error', () => undefined)
    client.once('data', (chunk) => {
      heads.push(chunk.toString('latin1'))
      if (answer === '') return
      if (!answer.includes(' 200 ')) {
        client.end(answer)
        return
      }
      const upstream = connect(port, '127.0.0.1')
      upstream.on('error', () => client.destroy())
      client.write(answer)
      client.pipe(upstream).pipe(client)
    })
  })
  return {heads, address: `http://user:proxy-canary@127.0.0.1:${await listen(proxy)}`}
}

describe('F46 a proxy', () => {
  const behind = async (answer?: string) => {
    const seen: string[] = []
    const port = await serveTls(server, seen)
    const proxy = await serveProxy(port, answer)
    const run = (env: Readonly<Record<string, string>> = {}) =>
      ask(
        `https://gitlab.test:${port}`,
        {CI_SERVER_TLS_CA_FILE: join(folder, 'root.pem'), HTTPS_PROXY: proxy.address, ...env},
        '--request-timeout',
        '2s',
      )
    return {run, seen, heads: proxy.heads}
  }

  test('is asked for a tunnel, with its own password and never a token', async () => {
    const {run, seen, heads} = await behind()
    const {code, stdout, stderr} = await run()
    expect({code, said: stdout + stderr}).toMatchObject({code: 0})
    // The jobs, and the trigger jobs.
    expect(seen).toEqual([token, token])
    expect(heads.join('')).toMatch(/^CONNECT gitlab\.test:/)
    expect(heads.join('')).toMatch(/proxy-authorization/i)
    expect(heads.join('')).not.toContain(token)
    expect(stdout + stderr).not.toMatch(/proxy-canary|canary-of/)
  })

  test.each([
    ['that wants a password is final and named', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', /HTTPS_PROXY/],

    ['that fails is tried again and told', 'HTTP/1.1 502 Bad Gateway\r\n\r\n', /proxy could not connect/],
  ])(
    '%s',
    async (_, answer, words) => {
      const {run} = await behind(answer)
      const {code, stdout, stderr} = await run()
      expect({code, said: stdout + stderr}).toEqual({code: 69, said: expect.stringMatching(words)})
      expect(stdout + stderr).not.toMatch(/proxy-canary|canary-of/)
    },
    60_000,
  )

  test.each(['gitlab.test', '.test', '*', 'gitlab.test:PORT'])('is left aside for NO_PROXY=%s', async (pattern) => {
    const {heads, address} = await serveProxy(1)
    const port = await closedPort()
    await ask(
      `https://gitlab.test:${port}`,
      {HTTPS_PROXY: address, NO_PROXY: pattern.replace('PORT', String(port))},
      '--request-timeout',
      '1s',
    )
    expect(heads).toEqual([])
  })
})

describe('F47 a certificate', () => {
  const ca = {CI_SERVER_TLS_CA_FILE: 'root.pem'}
  test('of a private authority is trusted once its file is named', async () => {
    const {code, stdout, stderr} = await ask(`https://127.0.0.1:${await serveTls(server)}`, ca)
    expect({code, said: stdout + stderr}).toMatchObject({code: 0})
  })

  test.each([
    ['of an unknown authority', server, {}],
    ['for another host', other, ca],
    ['that has expired', expired, ca],
    [
      'of an unknown authority, whatever NODE_TLS_REJECT_UNAUTHORIZED says',
      server,
      {NODE_TLS_REJECT_UNAUTHORIZED: '0'},
    ],
  ] as const)('%s is refused at once, before a token is sent', async (_, pair, env) => {
    const seen: string[] = []
    const {code, stdout, stderr} = await ask(`https://127.0.0.1:${await serveTls(pair, seen)}`, env)
    expect({code, said: stdout + stderr}).toEqual({code: 69, said: expect.stringMatching(/CI_SERVER_TLS_CA_FILE/)})
    expect(stdout + stderr).not.toMatch(/[Tt]rying again/)
    expect(seen).toEqual([])
  })
})

describe('F01 F02 a connection', () => {
  test('that is refused until the server is up succeeds', async () => {
    const port = await closedPort()
    const late = createServer((socket) => {
      socket.on('error', () => undefined)
      const body = JSON.stringify([job])
      socket.once('data', () =>
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`),
      )
    })
    const {code, stderr, stdout} = await runBundle('list-jobs', ['--attempts', '8'], {
      cwd: folder,
      env: variables(`http://127.0.0.1:${port}`),
      during: ({stdout: out, stderr: told}) => {
        for (const stream of [out, told])
          stream?.on('data', (piece: Buffer) => {
            if (/refused/.test(piece.toString()) && !late.listening) late.listen(port, '127.0.0.1')
          })
      },
    })
    late.close()
    expect({code, said: stdout + stderr}).toEqual({code: 0, said: expect.stringMatching(/refused/)})
  })

  const strace = testUnless(missingStrace())
  for (const error of ['ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT']) {
    strace(`that once ends in ${error} is tried again`, async () => {
      const seen: string[] = []
      const origin = await answers(seen)
      const {code, stdout, stderr} = await runShell(
        `exec strace -f -o /dev/null -e trace=connect -e inject=connect:error=${error}:when=1 "$NODE" "$DIST/list-jobs.mjs"`,
        {cwd: folder, env: variables(origin)},
      )
      expect({code, said: stdout + stderr}).toEqual({code: 0, said: expect.stringMatching(/[Tt]rying again/)})
      expect(seen).toHaveLength(2)
    })
  }
})

describe('names', () => {
  const missing = missingUnless(
    'unshare -m mount --bind /etc/hosts /etc/resolv.conf',
    'needs root and mount namespaces',
  )

  /** A name server on loopback for the one process; `answer` says what comes for the n-th question, undefined for silence. */
  async function askBy(
    answer: (count: number) => Buffer | 'fails' | undefined,
    origin: string,
    argv = '',
  ): Promise<BundleRun> {
    let count = 0
    const socket = createSocket('udp4')
    nameServers.push(socket)
    socket.on('message', (question, from) => {
      const reply = answer((count += 1))
      if (reply === undefined) return
      const head = Buffer.from(question)
      head.writeUInt16BE(reply === 'fails' ? 0x8182 : 0x8180, 2)
      const isAddress = question.readUInt16BE(question.length - 4) === 1 || question.includes(Buffer.from([0, 1, 0, 1]))
      const end = question.indexOf(0, 12) + 5
      if (reply === 'fails' || !isAddress) {
        head.writeUInt16BE(0, 6)
        head.writeUInt16BE(0, 10)
        socket.send(head.subarray(0, end), from.port, from.address)
        return
      }
      head.writeUInt16BE(1, 6)
      head.writeUInt16BE(0, 10)
      const record = Buffer.concat([Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]), reply])
      socket.send(Buffer.concat([head.subarray(0, end), record]), from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(53, '127.7.7.7', resolve))
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.7.7.7\noptions timeout:1 attempts:1\n')
    return runShell(
      `exec unshare -m bash -c 'mount --bind resolv.conf /etc/resolv.conf && exec "$NODE" "$DIST/list-jobs.mjs" --allow-http ${argv}'`,
      {
        cwd: folder,
        env: variables(origin),
      },
    )
  }
  const byName = async (): Promise<string> => (await answers()).replace('127.0.0.1', 'gitlab.example.net')

  testUnless(missing)('F03 that cannot be resolved for now are asked for again', async () => {
    const {code, stdout, stderr} = await askBy(
      (count) => (count <= 4 ? 'fails' : Buffer.from([127, 0, 0, 1])),
      await byName(),
    )
    expect({code, said: stdout + stderr}).toEqual({code: 0, said: expect.stringMatching(/could not be resolved/)})
  })

  testUnless(missing)(
    'F05 whose server is silent are given up in time, and named',
    async () => {
      const {code, stdout, stderr} = await askBy(() => undefined, await byName(), '--attempts 2')
      expect({code, said: stdout + stderr}).toEqual({
        code: 69,
        said: expect.stringMatching(/gitlab\.example\.net|GET /),
      })
      expect(stdout + stderr).not.toContain(token)
    },
    60_000,
  )

  test('F04 that do not exist are asked for three times at most, and named', async () => {
    const {code, stdout, stderr} = await ask('https://nobody.invalid', {}, '--attempts', '6')
    expect({code, said: stdout + stderr}).toEqual({code: 69, said: expect.stringMatching(/nobody\.invalid/)})
    expect(stdout + stderr).not.toContain(token)
    expect(readdirSync(folder).sort()).toEqual(expect.arrayContaining(['root.pem']))
  })
})

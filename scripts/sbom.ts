import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import type {Bundle} from './bundle.ts'

interface Lock {
  readonly packages: Readonly<Record<string, {readonly version?: string; readonly integrity?: string}>>
}

/**
 * A CycloneDX 1.6 document of everything inside the bundles, as text that is the same for the same bundles: the packages with version,
 * licence and the checksum that the lock file demands, each bundle with its own SHA-256, and which holds which.
 */
export async function sbom(root: string, bundles: readonly Bundle[]): Promise<string> {
  const own = (await readJson(path.join(root, 'package.json'))) as Record<'name' | 'version' | 'license', string>
  const lock = (await readJson(path.join(root, 'package-lock.json'))) as Lock
  const packages = new Map(bundles.flatMap(({licences}) => [...licences]))
  const sorted = [...bundles].sort((bundle, other) => (bundle.name < other.name ? -1 : 1))
  const self = purl(`${own.name}@${own.version}`)
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': self,
        name: own.name,
        version: own.version,
        purl: self,
        licenses: [{license: {id: own.license}}],
      },
    },
    components: [
      ...sorted.map(({name, code}) => ({
        type: 'file',
        'bom-ref': fileOf(name),
        name: fileOf(name),
        hashes: [{alg: 'SHA-256', content: createHash('sha256').update(code).digest('hex')}],
      })),
      ...[...packages.keys()].sort().map((id) => library(id, packages.get(id) ?? '', lock)),
    ],
    dependencies: [
      {ref: self, dependsOn: sorted.map(({name}) => fileOf(name))},
      ...sorted.map(({name, licences}) => ({ref: fileOf(name), dependsOn: [...licences.keys()].sort().map(purl)})),
    ],
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function library(id: string, licence: string, {packages}: Lock): Readonly<Record<string, unknown>> {
  const at = id.lastIndexOf('@')
  const [name, version] = [id.slice(0, at), id.slice(at + 1)]
  const locked = Object.entries(packages).find(
    ([place, found]) => place.endsWith(`node_modules/${name}`) && found.version === version,
  )?.[1]
  if (locked?.integrity === undefined) throw new Error(`${id} is in a bundle but not in package-lock.json`)
  const [stated = ''] = licence.split('\n')
  return {
    type: 'library',
    'bom-ref': purl(id),
    name,
    version,
    purl: purl(id),
    licenses: [stated.includes(' ') ? {expression: stated} : {license: {id: stated}}],
    hashes: [
      {alg: 'SHA-512', content: Buffer.from(locked.integrity.replace(/^sha512-/, ''), 'base64').toString('hex')},
    ],
  }
}

/** https://github.com/package-url/purl-spec: the @ of a scope is encoded, the one before the version is not. */
function purl(id: string): string {
  return `pkg:npm/${id.replace(/^@/, '%40')}`
}

function fileOf(name: string): string {
  return `dist/${name}.mjs`
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'))
}

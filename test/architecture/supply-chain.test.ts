import {createHash} from 'node:crypto'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {dist} from '../support/bundles.ts'
import {owners} from './rules.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const json = (file: string): unknown => JSON.parse(read(file))

const manifest = json('package.json') as {
  readonly dependencies?: object
  readonly devDependencies: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
}
const lock = json('package-lock.json') as {
  readonly packages: Readonly<
    Record<
      string,
      {readonly version?: string; readonly resolved?: string; readonly integrity?: string; readonly link?: boolean}
    >
  >
}
const bundles = readdirSync(dist).filter((file) => file.endsWith('.mjs'))
const codeOf = (file: string): string => readFileSync(path.join(dist, file), 'utf8')

describe('what is installed', () => {
  test('has exact versions, and nothing at run time', () => {
    expect(manifest.dependencies).toBeUndefined()
    const loose = Object.entries(manifest.devDependencies).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version) && !version.startsWith('file:scripts/stubs/'),
    )
    expect(loose).toEqual([])
  })

  test('is locked by checksum, from no host in particular', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "(?!scripts\/stubs\/)/)
    const wrong = Object.entries(lock.packages).filter(
      ([place, {integrity, link, resolved}]) =>
        place.includes('node_modules/') && !link && (resolved?.startsWith('http') || !integrity?.startsWith('sha512-')),
    )
    expect(wrong.map(([place]) => place)).toEqual([])
  })

  test('asks for nothing to be run', () => {
    const lifecycle = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'prepack', 'postpack']
    expect(lifecycle.filter((name) => name in manifest.scripts)).toEqual([])
    expect(read('.ci/run')).toContain('npm ci --ignore-scripts')
  })
})

interface Component {
  readonly type: string
  readonly 'bom-ref': string
  readonly name: string
  readonly version?: string
  readonly licenses?: readonly unknown[]
  readonly hashes: readonly {readonly alg: string; readonly content: string}[]
}

describe('dist/sbom.json', () => {
  const bom = (): {
    readonly bomFormat: string
    readonly specVersion: string
    readonly components: readonly Component[]
    readonly dependencies: readonly {readonly ref: string; readonly dependsOn: readonly string[]}[]
  } => JSON.parse(codeOf('sbom.json'))
  const libraries = (): readonly Component[] => bom().components.filter(({type}) => type === 'library')

  test('lists every bundle with its checksum', () => {
    expect(existsSync(path.join(dist, 'sbom.json'))).toBe(true)
    expect(bom()).toMatchObject({bomFormat: 'CycloneDX', specVersion: '1.6'})
    const files = bom().components.filter(({type}) => type === 'file')
    expect(files.map(({name}) => name).sort()).toEqual(bundles.map((file) => `dist/${file}`).sort())
    for (const {name, hashes} of files) {
      const content = createHash('sha256')
        .update(readFileSync(path.join(dist, path.basename(name))))
        .digest('hex')
      expect({name, hashes}).toEqual({name, hashes: [{alg: 'SHA-256', content}]})
    }
  })

  test('lists the same packages as licenses.txt, each with a licence and the checksum of the lock file', () => {
    const named = codeOf('licenses.txt')
      .split(`\n${'-'.repeat(80)}\n\n`)
      .map((part) => part.split('\n')[0])
    expect(libraries().map(({name, version}) => `${name}@${version}`)).toEqual(named)
    for (const {name, version, licenses, hashes} of libraries()) {
      expect({name, licenses}).not.toEqual({name, licenses: [{license: {id: ''}}]})
      const locked = Object.entries(lock.packages).filter(
        ([place, one]) => place.endsWith(`node_modules/${name}`) && one.version === version,
      )
      const sums = locked.map(([, {integrity = ''}]) =>
        Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex'),
      )
      expect(sums).toContain(hashes[0]?.content)
    }
  })

  test('says for each bundle what is in it, our own imports and theirs', () => {
    const inside = new Map(bom().dependencies.map(({ref, dependsOn}) => [ref, dependsOn]))
    const all = new Set(bundles.flatMap((file) => inside.get(`dist/${file}`) ?? []))
    expect([...all].sort()).toEqual(
      libraries()
        .map((one) => one['bom-ref'])
        .sort(),
    )
    const everything = inside.get('dist/jobside.mjs') ?? []
    for (const name of Object.keys(owners)) {
      const isThere = everything.some((id) => id.startsWith(`pkg:npm/${name.replace('@', '%40')}@`))
      // unzipper may have given way to our own reader.
      if (name !== 'unzipper') expect({name, isThere}).toEqual({name, isThere: true})
    }
  })

  test('has no time, host or path of the machine that made it', () => {
    expect(codeOf('sbom.json')).not.toMatch(/timestamp|serialNumber|https?:\/\/|\/(?:home|root|tmp|work|builds)\//)
  })
})

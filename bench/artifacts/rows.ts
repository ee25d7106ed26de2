import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import path from 'node:path'
import {has} from './measure.ts'

export interface Contender {
  readonly name: string
  readonly command: string
  readonly env?: Readonly<Record<string, string>>
  /** What its part of the first contender's wall time, and its peak in MB, should be at most. */
  readonly target?: {
    readonly ratio?: number
    readonly peakMb?: number
    readonly requests?: number
    readonly bytes?: number
  }
}

export interface Row {
  readonly title: string
  /** The first is what all are compared with. */
  readonly contenders: readonly Contender[]
}

export interface Place {
  readonly port: number
  /** Where the data lies. */
  readonly data: string
  /** The repository. */
  readonly root: string
}

/** Every row of fetching and unpacking. Our side is the built command, as it is shipped, start of the process included. */
export function fetchRows(place: Place): readonly Row[] {
  const jobs = Math.min(4, availableParallelism())
  const slow = 'delay=20&rate=100000000'
  const far = 'delay=20&rate=50000000'
  const one = 'dist/package-5/some/module-555.txt'
  const whole = (name: string, line?: string): readonly Contender[] => wholeWays(place, name, line)
  const own = (name: string, threads: number, target: Contender['target'], line?: string, files?: readonly string[]) =>
    jobside(place, {name, threads, target, line, files})
  return [
    {
      title: 'A: 10,000 small files, whole',
      contenders: [
        ...whole('A'),
        ...glab(place, 'A'),
        own('A', jobs, {ratio: 0.35, peakMb: 260}),
        own('A', 1, {ratio: 0.48, peakMb: 150}),
      ],
    },
    {
      title: 'B: 20 large files, whole',
      contenders: [...whole('B'), own('B', jobs, {ratio: 0.65, peakMb: 260}), own('B', 1, {peakMb: 150})],
    },
    {
      title: 'A, whole, 100 MB/s a connection, 20 ms',
      contenders: [...whole('A', slow), own('A', jobs, {ratio: 0.27, peakMb: 260}, slow)],
    },
    {
      title: 'One file of A, 50 MB/s a connection, 20 ms',
      contenders: [
        {name: 'curl + unzip -p', command: `${curl(place, 'A', far)} && unzip -p a.zip ${one} > one`},
        own('A', 1, {ratio: 0.04, requests: 4}, far, [one]),
      ],
    },
    {
      title: '100 files of A, 50 MB/s a connection, 20 ms',
      contenders: [
        {name: 'curl + unzip', command: `${curl(place, 'A', far)} && unzip -q a.zip 'dist/*/some/module-*55.txt'`},
        own('A', 1, {ratio: 0.08, bytes: 1.15}, far, ['dist/package-*/some/module-*55.txt']),
      ],
    },
  ]
}

/** Packing what is on the disk. */
export function packRow({data}: Place): Row {
  const here = import.meta.dirname
  return {
    title: 'Packing 10,000 files of 8 KB',
    contenders: [
      {
        name: 'zip -qr',
        command: `cd ${data}/tree && zip -qr ../packed.zip . && sha256sum ../packed.zip && rm ../packed.zip`,
      },
      {
        name: 'jobside, archiver',
        command: `node ${here}/pack.js ${data}/tree packed.zip && sha256sum packed.zip`,
        target: {ratio: 1},
      },
    ],
  }
}

function url({port}: Place, name: string, line?: string): string {
  return `http://127.0.0.1:${port}${line === undefined ? '' : `/${line}`}/${name}.zip`
}

function curl(place: Place, name: string, line?: string): string {
  return `curl -s -o a.zip '${url(place, name, line)}'`
}

function wholeWays(place: Place, name: string, line?: string): readonly Contender[] {
  const get = curl(place, name, line)
  return [
    {name: 'curl + unzip', command: `${get} && unzip -q a.zip`},
    ...(has('bsdtar')
      ? [{name: 'curl piped into bsdtar', command: `curl -s '${url(place, name, line)}' | bsdtar -xf -`}]
      : []),
    ...(name === 'A' && line === undefined && has('7z')
      ? [{name: 'curl + 7z', command: `${get} && 7z x -bd a.zip >/dev/null`}]
      : []),
  ]
}

interface Own {
  readonly name: string
  readonly threads: number
  readonly target: Contender['target']
  readonly line?: string | undefined
  readonly files?: readonly string[] | undefined
}

function jobside({port, root}: Place, {name, threads, target, line, files = []}: Own): Contender {
  const globs = files.map((file) => `--files '${file}'`).join(' ')
  const command = path.join(root, 'dist/download-artifacts-by-ref.mjs')
  return {
    name: `jobside, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
    command: `node ${command} --project 1 --ref ${name} --job build --path t --jobs ${threads} ${globs}`,
    env: {
      CI_API_V4_URL: `http://127.0.0.1:${port}${line === undefined ? '' : `/${line}`}/api/v4`,
      CI_JOB_TOKEN: 'glcbt-bench',
    },
    ...(target && {target}),
  }
}

/** GitLab's own command line, where it is on the PATH or was had by scripts/install-clients.sh. */
function glab({port, root, data}: Place, name: string): readonly Contender[] {
  const local = path.join(root, '.clients/debian/usr/bin/glab')
  const program = existsSync(local) ? local : has('glab') ? 'glab' : undefined
  if (program === undefined) return []
  const folder = `${data}/glab`
  mkdirSync(folder, {recursive: true, mode: 0o700})
  const host = `127.0.0.1:${port}`
  const lines = ['check_update: false', `host: ${host}`, 'hosts:', `  ${host}:`, '    api_protocol: http']
  const file = `${folder}/config.yml`
  const config = [...lines, `    api_host: ${host}`, '    token: glpat-bench', ''].join('\n')
  if (!existsSync(file) || readFileSync(file, 'utf8') !== config) writeFileSync(file, config, {mode: 0o600})
  return [
    {
      name: 'glab ci artifact',
      command: `git init -q . && ${program} ci artifact ${name} build -R grp/app -p t`,
      env: {GLAB_CONFIG_DIR: folder, NO_COLOR: '1'},
    },
  ]
}

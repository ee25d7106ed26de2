import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import path from 'node:path'
import {partNames} from './data.ts'
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
    /** What it prints last, over all runs: 1 where each is to make the same. */
    readonly outputs?: number
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
  const ours = (name: string, threads: number, target: Contender['target'], line?: string, files?: readonly string[]) =>
    unpacking(place, {name, threads, target, line, files})
  return [
    {
      title: 'A: 10,000 small files, whole',
      contenders: [
        ...whole('A'),
        ...glab(place, 'A'),
        ours('A', jobs, {ratio: 0.3, peakMb: 220}),
        ours('A', 1, {ratio: 0.46, peakMb: 150}),
      ],
    },
    {
      title: 'B: 20 large files, whole',
      contenders: [...whole('B'), ours('B', jobs, {ratio: 0.5, peakMb: 220}), ours('B', 1, {ratio: 0.6, peakMb: 150})],
    },
    {
      title: 'A, whole, 100 MB/s a connection, 20 ms',
      contenders: [...whole('A', slow), ours('A', jobs, {ratio: 0.25, peakMb: 220}, slow)],
    },
    {
      title: 'One file of A, 50 MB/s a connection, 20 ms',
      contenders: [
        {name: 'curl + unzip -p', command: `${curl(place, 'A', far)} && unzip -p a.zip ${one} > one`},
        ours('A', 1, {ratio: 0.04, requests: 4}, far, [one]),
      ],
    },
    {
      title: '100 files of A, 50 MB/s a connection, 20 ms',
      contenders: [
        {name: 'curl + unzip', command: `${curl(place, 'A', far)} && unzip -q a.zip 'dist/*/some/module-*55.txt'`},
        ours('A', 1, {ratio: 0.08, bytes: 1.15}, far, ['dist/package-*/some/module-*55.txt']),
      ],
    },
  ]
}

/** Several archives at once, and one zip of the chosen files of one. */
export function otherRows(place: Place): readonly Row[] {
  const jobs = Math.min(4, availableParallelism())
  const far = 'delay=20&rate=50000000'
  const {data} = place
  const parts = (pipeline: number, name: string, argv: string, target?: Contender['target']): Contender =>
    own(place, {
      name,
      argv: `download-artifacts.mjs --project 1 --pipeline-id ${pipeline} ${argv} --path t --jobs ${jobs}`,
      target,
      line: far,
    })
  const fourOf = (kind: string, pipeline: number, names: readonly string[]): Row => ({
    title: `Four archives of 100 MB of ${kind}, 50 MB/s a connection, 20 ms`,
    contenders: [
      parts(pipeline, 'jobside, one of them alone', "--job 'part 1'"),
      {
        name: 'curl, four at once, then unzip',
        command: `${names.map((name) => `curl -s -O '${url(place, name, far)}' &`).join(' ')} wait; ${names.map((name) => `unzip -q ${name}.zip -d t`).join(' && ')}`,
      },
      parts(pipeline, 'jobside, all four', "--job-match 'part *'", {ratio: 1.3, peakMb: 220}),
    ],
  })
  const kinds = ['text and binaries', 'what is packed already']
  return [
    ...Object.entries(partNames).map(([id, names], index) => fourOf(kinds[index] ?? '', Number(id), names)),
    {
      title: 'One zip of 10,000 files of 8 KB, chosen of an archive of 12,500',
      contenders: [
        {
          name: 'zip -qr, files unpacked already',
          command: `cd ${data}/tree && zip -qr ../packed.zip files && rm ../packed.zip`,
        },
        {
          name: 'curl + unzip + zip -qr',
          command: `${curl(place, 'T')} && unzip -q a.zip 'files/*' && zip -qr packed.zip files`,
        },
        own(place, {
          name: 'jobside --archive',
          argv: `download-artifacts-by-ref.mjs --project 1 --ref T --job build --files 'files/**' --archive packed.zip >/dev/null && sha256sum packed.zip`,
          target: {ratio: 1, outputs: 1},
        }),
      ],
    },
  ]
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
  /** The bundle and what it is given. */
  readonly argv: string
  readonly target: Contender['target']
  readonly line?: string | undefined
}

function own({port, root}: Place, {name, argv, target, line}: Own): Contender {
  return {
    name,
    command: `node ${path.join(root, 'dist')}/${argv}`,
    env: {
      CI_API_V4_URL: `http://127.0.0.1:${port}${line === undefined ? '' : `/${line}`}/api/v4`,
      CI_JOB_TOKEN: 'glcbt-bench',
    },
    ...(target && {target}),
  }
}

interface Unpacking extends Omit<Own, 'argv'> {
  /** Of the archive. */
  readonly name: string
  readonly threads: number
  readonly files?: readonly string[] | undefined
}

function unpacking(place: Place, {name, threads, target, line, files = []}: Unpacking): Contender {
  const globs = files.map((file) => `--files '${file}'`).join(' ')
  return own(place, {
    name: `jobside, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
    argv: `download-artifacts-by-ref.mjs --project 1 --ref ${name} --job build --path t --jobs ${threads} ${globs}`,
    target,
    line,
  })
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

/**
 * Fetching and unpacking beside what people use today: whole archives, a few files of a large one, slow lines, packing.
 * `--short` makes a tenth of the data and runs each way three times. Data is kept in DIR (default: shared memory).
 * Run with: npx tsc -p bench && node build/bench/artifacts.js [--short] [--dir DIR]
 */
import {spawn, spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, rmSync, statSync} from 'node:fs'
import {availableParallelism, cpus, tmpdir} from 'node:os'
import {makeLargeFiles, makeSmallFiles} from './artifacts/data.ts'

const isShort = process.argv.includes('--short')
const rounds = isShort ? 3 : 5
const scale = isShort ? 0.1 : 1
const dirAt = process.argv.indexOf('--dir')
const base = dirAt > 0 ? process.argv[dirAt + 1] : existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const data = `${base}/jobside-bench${isShort ? '-short' : ''}`
const out = `${data}/out`
const here = import.meta.dirname

interface Contender {
  readonly name: string
  readonly command: string
}

interface Row {
  readonly title: string
  /** Of the first contender's time. */
  readonly target: number
  readonly contenders: readonly Contender[]
}

function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

function rows(port: number): readonly Row[] {
  const jobs = Math.min(4, availableParallelism())
  const url = (name: string, query = ''): string => `http://127.0.0.1:${port}/${name}.zip${query}`
  const size = (name: string): number => statSync(`${data}/${name}.zip`).size
  const engine = (name: string, threads: number, query = '', files: readonly string[] = []): Contender => ({
    name: `jobside, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
    command: `node ${here}/artifacts/engine.js '${url(name, query)}' ${size(name)} ${out}/t ${threads} ${files.map((file) => `'${file}'`).join(' ')}`,
  })
  const curl = (name: string, query = ''): string => `curl -s -o a.zip '${url(name, query)}'`
  const whole = (name: string, query = ''): Contender[] => [
    {name: 'curl + unzip', command: `${curl(name, query)} && unzip -q a.zip`},
    ...(has('bsdtar') ? [{name: 'curl | bsdtar', command: `curl -s '${url(name, query)}' | bsdtar -xf -`}] : []),
    ...(has('7z') ? [{name: 'curl + 7z', command: `${curl(name, query)} && 7z x -bd a.zip >/dev/null`}] : []),
  ]
  const slow = '?delay=20&rate=100000000'
  const far = '?delay=20&rate=50000000'
  const one = 'dist/package-5/some/module-555.txt'
  return [
    {title: 'A, whole', target: 0.35, contenders: [...whole('A'), engine('A', jobs), engine('A', 1)]},
    {title: 'B, whole', target: 0.65, contenders: [...whole('B'), engine('B', jobs), engine('B', 1)]},
    {
      title: 'A, 100 MB/s a connection, 20 ms',
      target: 0.27,
      contenders: [...whole('A', slow), engine('A', jobs, slow)],
    },
    {
      title: 'one file of A, 50 MB/s, 20 ms',
      target: 0.04,
      contenders: [
        {name: 'curl + unzip -p', command: `${curl('A', far)} && unzip -p a.zip ${one} > one`},
        engine('A', 1, far, [one]),
      ],
    },
    {
      title: '100 files of A, 50 MB/s, 20 ms',
      target: 0.08,
      contenders: [
        {name: 'curl + unzip', command: `${curl('A', far)} && unzip -q a.zip 'dist/*/module-*5.txt'`},
        engine('A', 1, far, ['dist/package-*/some/module-*55.txt']),
      ],
    },
  ]
}

interface Measured {
  readonly seconds: number
  readonly told: string
}

function measure(command: string): Measured {
  rmSync(out, {recursive: true, force: true})
  mkdirSync(out)
  const began = performance.now()
  const {status, stdout, stderr} = spawnSync('sh', ['-c', command], {cwd: out, encoding: 'utf8'})
  const seconds = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`${command}\n${stderr}`)
  return {seconds, told: stdout.trim().split('\n').at(-1) ?? ''}
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

async function main(): Promise<void> {
  mkdirSync(data, {recursive: true})
  makeSmallFiles(`${data}/A.zip`, scale)
  makeLargeFiles(`${data}/B.zip`, scale)
  const server = spawn(process.execPath, [`${here}/artifacts/server.js`, data], {stdio: ['ignore', 'pipe', 'inherit']})
  try {
    const port = await new Promise<number>((resolve) =>
      server.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
    )
    console.log(
      `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${data}, median of ${rounds}\n`,
    )
    for (const {title, target, contenders} of rows(port)) {
      const times = contenders.map((): Measured[] => [])
      // In turns, so that whatever else the machine does hits all alike.
      for (let round = 0; round < rounds; round += 1) {
        for (const [index, {command}] of contenders.entries()) times[index]?.push(measure(command))
      }
      const medians = times.map((list) => median(list.map(({seconds}) => seconds)))
      console.log(`${title} (target ${target})`)
      for (const [index, {name}] of contenders.entries()) {
        const ratio = ((medians[index] ?? 0) / (medians[0] ?? 1)).toFixed(2)
        console.log(
          `  ${name.padEnd(22)} ${(medians[index] ?? 0).toFixed(2).padStart(7)} s  ${ratio}  ${times[index]?.at(-1)?.told ?? ''}`,
        )
      }
    }
  } finally {
    server.kill()
    rmSync(out, {recursive: true, force: true})
  }
}

await main()

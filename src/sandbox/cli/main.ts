import {demo} from './demo.ts'
import {help} from './help.ts'
import {readOptions, UsageError, type Command, type ServeOptions} from './options.ts'
import type {RequestRecord} from '../world/record.ts'
import {createSandbox, type Sandbox} from './sandbox.ts'
import {builtInWorlds} from '../seeds/index.ts'
import {loadWorld, WorldError} from '../world/world-file.ts'
import {version} from '../../base/version.ts'

const exit = {usage: 64, cannotListen: 69, unexpected: 1} as const

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken; --port 0 takes a free one',
  EACCES: 'this user may not open the port',
}

try {
  process.exitCode = await run(readOptions(process.argv.slice(2)))
} catch (error) {
  process.exitCode = explain(error)
}

async function run(command: Command): Promise<number> {
  switch (command.command) {
    case 'serve':
      return serve(command)
    case 'demo':
      return demo({keep: command.keep, version: command.version, print})
    case 'worlds':
      return worlds(command.name)
    case 'check':
      loadWorld(command.file)
      print(`${command.file}: no problem found`)
      return 0
    case 'help':
      process.stdout.write(help)
      return 0
    case 'version':
      print(version)
      return 0
  }
}

async function serve(options: ServeOptions): Promise<number> {
  const {world, folder} = loadWorld(options.world)
  const sandbox = await createSandbox(world, {
    ...options,
    folder,
    onRequest: options.isVerbose ? (entry) => process.stderr.write(`${requestLine(entry)}\n`) : undefined,
  })
  print(options.isJson ? JSON.stringify(announcement(sandbox)) : shellLines(sandbox))
  if (!options.isJson) process.stderr.write(`Its page: ${sandbox.url}/ (Ctrl-C ends the sandbox)\n`)
  await stopped()
  await sandbox.close()
  return 0
}

function announcement({url, api, storage, admin, env}: Sandbox): object {
  return {url, api, storage, admin, env}
}

function shellLines({env}: Sandbox): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${quoted(value)}`)
    .join('\n')
}

function quoted(value: string): string {
  return /^[\w./:@%+-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}

function requestLine({time, origin, method, path, query, credentials, status, bytes}: RequestRecord): string {
  const target = query === '' ? path : `${path}?${query}`
  return `${time} ${origin} ${method} ${target} -> ${status}, ${bytes} bytes, ${credentials.join(' ') || 'no credential'}`
}

function worlds(name: string | undefined): number {
  if (name === undefined) {
    for (const seed of builtInWorlds) print(`${seed.name.padEnd(12)} ${seed.shows}`)
    return 0
  }
  const seed = builtInWorlds.find((candidate) => candidate.name === name)
  if (!seed)
    throw new UsageError([`There is no built-in world ${name}: ${builtInWorlds.map((world) => world.name).join(', ')}`])
  process.stdout.write(seed.yaml)
  return 0
}

async function stopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
}

/** Says what went wrong, and returns the exit code for it. */
function explain(error: unknown): number {
  if (error instanceof UsageError || error instanceof WorldError) {
    for (const problem of error.problems) process.stderr.write(`${problem}\n`)
    if (error instanceof UsageError) process.stderr.write('See --help.\n')
    return exit.usage
  }
  if (isListenError(error)) {
    process.stderr.write(`Cannot listen on 127.0.0.1:${error.port}: ${listenReasons[error.code] ?? error.code}.\n`)
    return exit.cannotListen
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return exit.unexpected
}

function isListenError(error: unknown): error is Error & {readonly code: string; readonly port: number} {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen' && 'port' in error
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

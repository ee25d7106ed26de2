import {accessSync, constants, readFileSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import {parseYaml} from '../../base/yaml.ts'
import {builtInWorlds} from '../seeds/index.ts'
import {faultProblems, worldProblems} from './world-check.ts'
import type {FaultRule, WorldFile} from './world-types.ts'

/** A world that cannot be used. The message is for the reader; `problems` has one line for each. */
export class WorldError extends Error {
  override readonly name = 'WorldError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

export interface LoadedWorld {
  readonly world: WorldFile
  /** Where relative paths of the world begin. */
  readonly folder: string
}

/** Loads a built-in world by its name, or a YAML or JSON file. Throws `WorldError` with every problem. */
export function loadWorld(fileOrName: string): LoadedWorld {
  const seed = builtInWorlds.find(({name}) => name === fileOrName)
  if (seed) return {world: parseWorld(seed.yaml), folder: process.cwd()}
  const world = parseWorld(read(fileOrName))
  const folder = dirname(resolve(fileOrName))
  const problems = attachmentProblems(world, folder)
  if (problems.length > 0) throw new WorldError(problems)
  return {world, folder}
}

/** YAML or JSON text of a world. Throws `WorldError`. */
export function parseWorld(text: string): WorldFile {
  return checkWorld(parse(text))
}

/** Throws `WorldError` unless the value is a world. */
export function checkWorld(value: unknown): WorldFile {
  const problems = worldProblems(value)
  if (problems.length > 0) throw new WorldError(problems)
  return value as WorldFile
}

/** One rule as text, in YAML's flow style or as JSON. Throws `WorldError`. */
export function parseFaultRule(text: string): FaultRule {
  const rule = parse(text)
  const problems = faultProblems([rule]).map((problem) => problem.replace(/^\/0(: )?/, ''))
  if (problems.length > 0) throw new WorldError(problems)
  return rule as FaultRule
}

function parse(text: string): unknown {
  const json = parseJson(text)
  if (json !== undefined) return json
  try {
    return parseYaml(text)
  } catch (error) {
    throw new WorldError((error as Error).message.split('\n').map((line) => `Not YAML: ${line}`))
  }
}

/** JSON is YAML, but reading it as such takes seconds for a large world. */
function parseJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const names = builtInWorlds.map(({name}) => name).join(', ')
    const why = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new WorldError([`${file}: neither a file that can be read (${why}) nor a built-in world (${names})`])
  }
}

/** Logs and archives that a world names but that cannot be read, each with its place. */
function attachmentProblems({projects = []}: WorldFile, folder: string): readonly string[] {
  const problems: string[] = []
  const check = (file: string, place: string) => {
    if (!isReadable(resolve(folder, file))) problems.push(`${place}: ${file} cannot be read`)
  }
  for (const [p, project] of projects.entries()) {
    for (const [l, pipeline] of (project.pipelines ?? []).entries()) {
      for (const [j, {log, artifacts}] of (pipeline.jobs ?? []).entries()) {
        const place = `/projects/${p}/pipelines/${l}/jobs/${j}`
        if (typeof log === 'object' && 'file' in log) check(log.file, `${place}/log/file`)
        if (artifacts?.file !== undefined) check(artifacts.file, `${place}/artifacts/file`)
      }
    }
  }
  return problems
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

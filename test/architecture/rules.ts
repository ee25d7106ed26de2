import type {Import, Source} from './read-imports.ts'

/**
 * The one rule: a file may import from its own line and from the lines after it, never from one before it, and never from another
 * entry of its own line.
 */
export const floors: readonly (readonly string[])[] = [
  ['actions'],
  ['src/cli'],
  ['src/hosts'],
  ['src/steps'],
  ['src/sandbox'],
  ['src/command'],
  ['src/artifacts', 'src/waiting'],
  ['src/gitlab'],
  ['src/base'],
]

/** The same rule inside three of them; what lies in the folder itself comes first. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'src/artifacts': ['pack', 'remote', 'unpack', 'publish', 'zip'],
  'src/gitlab': ['jobs', 'http', 'api'],
  // The page shows the world and changes it by the admin routes alone; no route of GitLab's knows of it, nor it of one.
  'src/sandbox': ['cli', 'routes', 'page', 'http', 'world', 'seeds'],
}

/** What the floors would let pass, and must not: the first that fits a file is the exception for it. */
interface Exception {
  readonly of: RegExp
  /** All that may be imported, beside the same folder tree. */
  readonly only: readonly RegExp[]
  /** Files whose types alone may be imported as well. */
  readonly onlyTypes?: readonly RegExp[]
  readonly inside?: RegExp
  readonly why: string
}

const base = /^src\/base\//
const gitlabFacts = /^src\/gitlab\/api\//
const gitlab = /^src\/gitlab\//

const exceptions: readonly Exception[] = [
  {
    of: /^actions\/catalogue\.ts$/,
    only: [/^actions\/[^/]+\/action\.ts$/],
    onlyTypes: [/^src\/command\//],
    why: 'the catalogue only lists',
  },
  {
    of: /^actions\/jobside\/main\.ts$/,
    only: [/^actions\/catalogue\.ts$/, /^src\/(?:cli|hosts|command|base)\//],
    why: 'the command of all commands binds them to the process',
  },
  {
    of: /^actions\/jobside\/library\.ts$/,
    only: [/^actions\/[^/]+\/action\.ts$/, /^src\/cli\/caller\.ts$/, /^src\/steps\/list-jobs\.ts$/, base],
    inside: /^actions\/jobside\//,
    why: 'the library binds commands to a caller, as the command of all commands binds them to the process',
  },
  {
    of: /^actions\/[^/]+\/main\.ts$/,
    only: [/^actions\/[^/]+\/action\.ts$/, /^src\/cli\/main\.ts$/],
    why: 'an entry only binds one command to the process',
  },
  {
    of: /^actions\//,
    only: [/^src\/(?:steps|command|artifacts|waiting)\//, /^src\/gitlab\/(?:jobs|api)\//, base],
    onlyTypes: [gitlab],
    inside: /^actions\/[^/]+\//,
    why: 'a command sees no host, no network, no process and no other command',
  },
  {
    of: /^src\/cli\//,
    only: [/^src\/(?:hosts|command|gitlab|base)\//],
    inside: /^src\/cli\//,
    why: 'one process knows no command and no engine',
  },
  {
    of: /^src\/hosts\//,
    only: [/^src\/command\//, base],
    inside: /^src\/hosts\//,
    why: 'a host knows nothing of GitLab, archives or waiting',
  },
  {
    of: /^src\/steps\//,
    only: [/^src\/(?:command|artifacts|waiting)\//, /^src\/gitlab\/(?:jobs|api)\//, base],
    onlyTypes: [gitlab],
    inside: /^src\/steps\//,
    why: 'a step is a piece of a command: it is given the client',
  },
  {
    of: /^src\/sandbox\//,
    only: [/^src\/artifacts\/pack\/repack\.ts$/, /^src\/base\/(?:version|yaml)\.ts$/],
    onlyTypes: [/^src\/gitlab\/api\/types\.ts$/],
    inside: /^src\/sandbox\//,
    why: 'a mistake shared with the client would cancel out in every test',
  },
  {
    of: /^src\/command\//,
    only: [/^src\/waiting\/policy\.ts$/, gitlabFacts, base],
    onlyTypes: [gitlab],
    inside: /^src\/command\//,
    why: 'what a definition is made of knows no network and no engine',
  },
  {
    of: /^src\/artifacts\//,
    only: [gitlabFacts, base],
    inside: /^src\/artifacts\//,
    why: 'archives are given what opens them',
  },
  {
    of: /^src\/waiting\//,
    only: [gitlabFacts, base],
    inside: /^src\/waiting\//,
    why: 'waiting is given what looks',
  },
]

/** The only file in src and actions that may import a package. */
export const owners: Readonly<Record<string, string>> = {
  '@actions/core': 'src/hosts/github.ts',
  undici: 'src/gitlab/http/transport.ts',
  archiver: 'src/artifacts/pack/repack.ts',
  unzipper: 'src/sandbox/world/zip-entries.ts',
  yaml: 'src/base/yaml.ts',
  'p-wait-for': 'src/waiting/poll.ts',
}

/**
 * What is evaluated only by runs that need it: engines, the network stack, a host's own package and the list of all commands, which `--help` and a wrong input do without. The bundler keeps it in
 * the one file, and the build refuses a second.
 */
const late: readonly string[] = [
  'actions/catalogue.ts',
  'archiver',
  'src/artifacts/fetch.ts',
  'src/artifacts/keep-archive.ts',
  'src/artifacts/repack-archives.ts',
  'src/base/yaml.ts',
  'src/gitlab/http/client.ts',
  'src/hosts/github.ts',
]

/** Sentences about each import that the rule does not allow. */
export function violations(source: Source, imports: readonly Import[]): readonly string[] {
  const own = floorOf(source.file)
  if (!own) return [`${source.file} lies on no floor: say in test/architecture/rules.ts what it may import`]
  return imports.flatMap(({kind, target, typeOnly, dynamic}) => {
    if (dynamic && !late.includes(target)) return [`${source.file} loads ${target} at run time: a bundle is one file`]
    if (kind === 'node') return []
    if (kind === 'package') {
      const owner = owners[target]
      return owner !== undefined && owner !== source.file
        ? [`${source.file} imports ${target}, which belongs to ${owner}`]
        : []
    }
    const why = climbs(own, target) ?? breaksException(source.file, target, typeOnly)
    return why === undefined ? [] : [`${source.file} imports ${target}: ${why}`]
  })
}

interface Floor {
  readonly folder: string
  readonly level: number
  /** The place within the folder's own order; -1 for what lies in the folder itself. */
  readonly room: number
}

function floorOf(file: string): Floor | undefined {
  for (const [level, folders] of floors.entries()) {
    const folder = folders.find((one) => file.startsWith(`${one}/`))
    if (folder === undefined) continue
    const [first = ''] = file.slice(folder.length + 1).split('/')
    return {folder, level, room: rooms[folder]?.indexOf(first) ?? -1}
  }
  return undefined
}

function climbs(own: Floor, target: string): string | undefined {
  const other = floorOf(target)
  if (!other) return 'it lies on no floor'
  if (other.level < own.level) return `${other.folder} is above ${own.folder}`
  if (other.level === own.level && other.folder !== own.folder)
    return `${other.folder} and ${own.folder} are neighbours`
  if (other.folder === own.folder && other.room < own.room) return `inside ${own.folder} it is above`
  return undefined
}

function breaksException(file: string, target: string, typeOnly: boolean): string | undefined {
  const rule = exceptions.find(({of}) => of.test(file))
  if (!rule) return undefined
  const folder = rule.inside?.exec(file)?.[0]
  const isAllowed =
    (folder !== undefined && target.startsWith(folder)) ||
    rule.only.some((pattern) => pattern.test(target)) ||
    (typeOnly && (rule.onlyTypes ?? []).some((pattern) => pattern.test(target)))
  return isAllowed ? undefined : rule.why
}

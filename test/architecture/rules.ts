import type {Import, Source} from './read-imports.ts'

/** Who may import whom. The first rule whose `of` matches a file is the rule for it. */
export interface Rule {
  readonly of: RegExp
  /** Files that may be imported, beside those of the same folder tree where `inside` says so. */
  readonly may: readonly RegExp[]
  /** Files whose types alone may be imported. */
  readonly mayTypes?: readonly RegExp[]
  readonly inside?: RegExp
  readonly why: string
}

const ground = /^src\/(?:errors|names|clock|clean|nearest|fields|glob|version)\.ts$/
// What definitions and their pieces share: all of src/ that is not part of running a command.
const definition = /^src\/(?!(?:main|run|jobside|inputs|arguments|help|explain|completion)\.ts)[^/]+\.ts$/
// What is known of GitLab without a network.
const gitlabPure =
  /^src\/gitlab\/(?!(?:client|transport|connection|dial|exchange|session|attempts|redirect|proxies|network)\.ts)[^/]+\.ts$/
const gitlabWords = /^src\/gitlab\/(?:types|job-status|version)\.ts$/

export const rules: readonly Rule[] = [
  {
    of: /^actions\/catalogue\.ts$/,
    may: [/^actions\/[^/]+\/action\.ts$/],
    mayTypes: [definition],
    why: 'the catalogue only lists',
  },
  {
    of: /^actions\/[^/]+\/main\.ts$/,
    may: [/^actions\/[^/]+\/action\.ts$/, /^src\/main\.ts$/],
    why: 'an entry only binds one action to main',
  },
  {
    of: /^actions\//,
    may: [ground, definition, gitlabWords, gitlabPure, /^src\/(?:artifacts|waiting|steps)\//],
    mayTypes: [/^src\/gitlab\//],
    inside: /^actions\/[^/]+\//,
    why: 'an action sees no host, no transport, no process and no other action',
  },
  {
    of: /^src\/(?:main|jobside)\.ts$/,
    may: [/^src\/[^/]+\.ts$/, /^src\/hosts\/(?:detect|outlet)\.ts$/, /^actions\/catalogue\.ts$/],
    why: 'the entry binds the process to a run',
  },
  {
    of: /^src\/(?:run|explain)\.ts$/,
    may: [/^src\/[^/]+\.ts$/, /^src\/gitlab\/(?:client|connection|access)\.ts$/, /^src\/hosts\/(?:host|own-job)\.ts$/],
    mayTypes: [/^src\/gitlab\//],
    why: 'a run joins inputs, client and host',
  },
  {
    of: /^src\/[^/]+\.ts$/,
    may: [/^src\/(?!main|run|jobside)[^/]+\.ts$/, gitlabWords, /^src\/waiting\/policy\.ts$/],
    mayTypes: [/^src\/gitlab\//],
    why: 'what a definition is made of knows no host, no network and no process',
  },
  {
    of: /^src\/hosts\//,
    may: [ground, definition, /^src\/arguments\.ts$/],
    inside: /^src\/hosts\//,
    why: 'a host knows nothing of GitLab, archives or waiting',
  },
  {
    of: /^src\/gitlab\//,
    may: [ground],
    mayTypes: [definition],
    inside: /^src\/gitlab\//,
    why: 'the client knows no host and no archive',
  },
  {
    of: /^src\/artifacts\//,
    may: [ground, gitlabWords],
    mayTypes: [/^src\/gitlab\//, definition],
    inside: /^src\/artifacts\//,
    why: 'archives know no host and no transport',
  },
  {
    of: /^src\/waiting\//,
    may: [ground, gitlabWords],
    inside: /^src\/waiting\//,
    why: 'waiting receives functions, not the client',
  },
  {
    of: /^src\/steps\//,
    may: [ground, definition, gitlabWords, gitlabPure, /^src\/(?:artifacts|waiting)\//],
    mayTypes: [/^src\/gitlab\//],
    inside: /^src\/steps\//,
    why: 'a step is a piece of an action',
  },
  {
    of: /^src\/sandbox\//,
    may: [/^src\/artifacts\/repack\.ts$/, /^src\/version\.ts$/],
    mayTypes: [/^src\/gitlab\/types\.ts$/],
    inside: /^src\/sandbox\//,
    why: 'a mistake shared with the client would cancel out in every test',
  },
]

/** The only file in src and actions that may import a package. */
export const owners: Readonly<Record<string, string>> = {
  '@actions/core': 'src/hosts/github.ts',
  undici: 'src/gitlab/transport.ts',
  archiver: 'src/artifacts/repack.ts',
  unzipper: 'src/artifacts/archive.ts',
  'p-wait-for': 'src/waiting/poll.ts',
}

/** Sentences about each import that no rule allows. */
export function violations(source: Source, imports: readonly Import[]): readonly string[] {
  const rule = rules.find(({of}) => of.test(source.file))
  if (!rule) return [`${source.file} has no rule: say in test/architecture/rules.ts what it may import`]
  const folder = rule.inside?.exec(source.file)?.[0]
  return imports.flatMap(({kind, target, typeOnly, dynamic}) => {
    if (dynamic) return [`${source.file} loads ${target} at run time: a bundle is one file`]
    if (kind === 'package') {
      const owner = owners[target]
      return owner !== undefined && owner !== source.file
        ? [`${source.file} imports ${target}, which belongs to ${owner}`]
        : []
    }
    if (kind === 'node') return []
    const allowed =
      (folder !== undefined && target.startsWith(folder)) ||
      rule.may.some((pattern) => pattern.test(target)) ||
      (typeOnly && (rule.mayTypes ?? []).some((pattern) => pattern.test(target)))
    return allowed ? [] : [`${source.file} imports ${target}: ${rule.why}`]
  })
}

import {randomBytes} from 'node:crypto'
import {debug, endGroup, error, isDebug, setOutput, setSecret, startGroup, warning} from '@actions/core'
import {open, stat} from 'node:fs/promises'
import type {Outputs} from '../command/action.ts'
import {errorCode} from '../base/errors.ts'
import {spell} from '../base/names.ts'
import {colours, noColours} from './colour.ts'
import {plainDialect} from './dialect.ts'
import type {Dialect} from './dialect.ts'
import type {Surroundings} from './host.ts'
import {cannotWrite} from './output-files.ts'
import {appendTo, tryAppending, withReader} from './report-file.ts'
import {summaryTable} from './step-summary.ts'
import {textOf} from './dotenv.ts'

const summaryLimitBytes = 1024 * 1024

/** A step of a GitHub workflow, or of one that speaks its language (Gitea, Forgejo). */
export function github({env}: Pick<Surroundings, 'env'>): Dialect {
  const paint = env['NO_COLOR'] ? noColours : colours
  const plain = plainDialect('github', paint)
  const write = {
    warn: (text: string) => fromCore(() => warning(text)),
    error: (text: string) => fromCore(() => error(text)),
    debug: (text: string) => (isDebug() ? fromCore(() => debug(text)) : plain.tell('debug', text.split('\n'))),
    info: (text: string) => plain.tell('info', text.split('\n').map(harmless)),
  }
  const page = env['GITHUB_STEP_SUMMARY']
  let summary = ''
  /** Bytes that the step has written there before us. */
  let before = 0
  return {
    kind: 'github',
    paint,
    wantsDebug: env['RUNNER_DEBUG'] === '1',
    tell: (level, lines) => write[level](lines.join('\n')),
    openSection: (title, depth) => {
      // Groups do not nest: a second start would end the first group, and its end would end nothing.
      if (depth > 0) return {name: '', text: plain.tell('info', [harmless(title)])}
      return {name: 'group', text: fromCore(() => startGroup(title))}
    },
    closeSection: (name) => (name === 'group' ? fromCore(endGroup) : ''),
    foreign: (lines) => fenced(plain.foreign(lines.map(harmless))),
    maskCommands: (forms) => fromCore(() => forms.forEach((form) => setSecret(form))),
    summarise(table) {
      // GitHub drops the whole summary of a step that is larger.
      if (page) summary += summaryTable(table, summaryLimitBytes - before - Buffer.byteLength(summary))
    },
    async flush() {
      if (!page || summary === '') return
      const text = summary
      summary = ''
      // The summary is decoration: a command that worked does not fail for it.
      await appendTo(page, text).catch(() => undefined)
    },
    takesOutputs: Boolean(env['GITHUB_OUTPUT']),
    async tryOutputs() {
      const file = env['GITHUB_OUTPUT']
      if (file) {
        await tryAppending(file).catch((cause: unknown) => {
          throw cannotWrite(`GITHUB_OUTPUT (${file})`, cause)
        })
      }
      if (!page) return []
      return tryAppending(page).then(
        async () => {
          before = (await stat(page)).size
          return []
        },
        (error: unknown) => [`The step summary cannot be written: ${errorCode(error)}.`],
      )
    },
    async outputs(definitions, values) {
      const file = env['GITHUB_OUTPUT']
      // Without the file core would print the deprecated ::set-output command, by which any printed text could set outputs.
      if (!file) return []
      await setOutputs(file, definitions, values).catch((cause: unknown) => {
        throw cannotWrite(`GITHUB_OUTPUT (${file})`, cause)
      })
      return []
    },
  }
}

async function setOutputs(
  file: string,
  definitions: Outputs,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const before = await sizeOf(file)
  let bytes = 0
  await withReader(file, async () => {
    for (const [name, definition] of Object.entries(definitions)) {
      const text = textOf(definition, values[name])
      setOutput(spell.kebab(name), text)
      bytes += Buffer.byteLength(text)
    }
  })
  // Some disks say only here that they are full.
  if (before !== undefined && ((await sizeOf(file)) ?? 0) < before + bytes) throw new Error('It is too short now.')
}

/** Bytes of a regular file once all of it is on the disk. */
async function sizeOf(file: string): Promise<number | undefined> {
  const handle = await open(file, 'r+')
  try {
    const about = await handle.stat()
    if (!about.isFile()) return undefined
    await handle.sync()
    return about.size
  } finally {
    await handle.close()
  }
}

/** What core prints. It knows only process.stdout, where its commands would land in the data of a command that prints some. */
function fromCore(call: () => void): string {
  const {stdout} = process
  // oxlint-disable-next-line typescript/unbound-method -- put back exactly as it was
  const write = stdout.write
  let printed = ''
  stdout.write = (chunk: string | Uint8Array): boolean => {
    printed += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
  try {
    call()
  } finally {
    stdout.write = write
  }
  return printed
}

/**
 * Text that the runner does not take for a command: `::name::` at the start of a line, `##[name]` and `##vso[name]` anywhere. A line that
 * has one between or behind colours loses the colours.
 */
function harmless(line: string): string {
  const plain = line.replace(/\x1b\[[\d;:]*m/g, '')
  const isCommand = plain.trimStart().startsWith('::')
  if (!isCommand && !/##(?:\[|vso\[)/i.test(plain)) return line
  const shown = plain.replace(/##(?=\[|vso\[)/gi, '# #')
  return isCommand ? `| ${shown}` : shown
}

/** Switches the runner's commands off around foreign text, by a token that the text cannot know. */
function fenced(text: string): string {
  const token = randomBytes(16).toString('hex')
  return `::stop-commands::${token}\n${text}::${token}::\n`
}

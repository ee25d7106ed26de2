import {defineAction, output} from '../../src/command/action.ts'
import type {Context} from '../../src/command/action.ts'
import {ActionError} from '../../src/base/errors.ts'
import {flag, integer, oneOf, optional} from '../../src/command/fields.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {listJobs, listCalls} from '../../src/steps/list-jobs.ts'
import type {ListInputs} from '../../src/steps/list-jobs.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {spanOfSeconds} from '../../src/base/duration.ts'

/** More than this are counted but not put out: an output is not the place for a hundred pages. */
const mostInOutputs = 1_000

export const action = defineAction({
  name: 'list-jobs',
  about: 'Lists the jobs of a pipeline, its family or the whole project; with --expect it is a gate on their number.',
  group: 'look',
  needs: [['pipeline-jobs']],
  inputs: {
    ...jobSelector,
    all: flag('The whole project instead of one pipeline, newest first'),
    includeRetried: flag('Also attempts that have been retried'),
    limit: optional(integer('Stop after this many jobs', {min: 1})),
    format: oneOf(
      'A table for people, ids one a line, JSON lines, or the outputs as assignments for a POSIX shell to run',
      ['table', 'ids', 'jsonl', 'shell'],
      {default: 'table'},
    ),
    expect: optional(integer('Fail with exit code 20 unless there are exactly this many')),
  },
  outputs: {
    count: output.integer('How many jobs'),
    ids: output.text('Their ids, comma separated; empty beyond 1,000'),
    jobs: output.json('The jobs as GitLab told them; empty beyond 1,000'),
    statuses: output.json('How many of each status'),
  },
  calls: listCalls,
  component: true,
  examples: [
    {about: 'Show the jobs of the own pipeline', line: ''},
    {about: 'Fail if any job of the pipeline has failed', line: '--status failed --expect 0'},
    {about: 'Print the ids of all failed jobs of the project', line: '--all --status failed --format ids'},
  ],
  check: ({all, family}) =>
    all && family ? ['all and family exclude each other: the whole project holds its families'] : [],
  prints: ({format}) => format !== 'table',
  judges: ({expect}) => expect !== undefined,
  async run(context) {
    const {inputs} = context
    const kept: FoundJob[] = []
    const counts = new Map<string, number>()
    let count = 0
    const printer = createPrinter(context)
    try {
      for await (const found of listJobs(context, inputs)) {
        count++
        counts.set(found.job.status, (counts.get(found.job.status) ?? 0) + 1)
        if (count <= mostInOutputs) kept.push(found)
        await printer.add(found)
      }
    } catch (error) {
      // What was found before a page failed is shown all the same; that nobody reads it is not the failure.
      await printer.flush().catch(() => {})
      throw error
    }
    await printer.flush()
    printer.end(summary(count, counts))
    const isKept = count <= mostInOutputs
    const outputs = {
      count,
      ids: isKept ? kept.map(({job}) => job.id).join(',') : undefined,
      jobs: isKept ? kept.map(({job}) => job) : undefined,
      statuses: Object.fromEntries(counts),
    }
    if (inputs.expect !== undefined && inputs.expect !== count) {
      throw new ActionError('jobFailed', `Expected ${inputs.expect}, found ${summary(count, counts)}.`, {outputs})
    }
    return outputs
  },
})

type Printing = Pick<
  Context<ListInputs & {readonly format: 'table' | 'ids' | 'jsonl' | 'shell'}>,
  'inputs' | 'log' | 'print'
>

const header = ['Id', 'Job', 'Stage', 'Status', 'Pipeline', 'Ref', 'Duration'] as const
const rowsAtOnce = 500
const linesAtOnce = 100

/** Lines are printed some at a time, a table in larger pieces, so that a long one neither waits nor fills the memory. */
function createPrinter({inputs, log, print}: Printing) {
  let rows: (readonly string[])[] = []
  let lines: string[] = []
  const flushTable = (title: string): void => {
    if (rows.length > 0) log.table(title, header, rows)
    rows = []
  }
  const flush = async (): Promise<void> => {
    const text = lines.join('')
    lines = []
    if (text !== '') await print(text)
  }
  return {
    flush,
    async add(found: FoundJob): Promise<void> {
      if (inputs.format === 'ids' || inputs.format === 'jsonl') {
        lines.push(`${inputs.format === 'ids' ? found.job.id : JSON.stringify(found.job)}\n`)
        if (lines.length >= linesAtOnce) await flush()
        return
      }
      rows.push(rowOf(found))
      if (rows.length >= rowsAtOnce) flushTable('')
    },
    end(text: string): void {
      flushTable('Jobs')
      log.info(`${text}.`)
    },
  }
}

function rowOf({job, label}: FoundJob): readonly string[] {
  const duration = spanOfSeconds(job.duration) ?? ''
  return [String(job.id), label, job.stage, job.status, String(job.pipeline.id), job.ref, duration]
}

function summary(count: number, counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([status, number]) => `${number} ${status}`)
  return `${count} ${count === 1 ? 'job' : 'jobs'}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}

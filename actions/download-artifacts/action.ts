import {defineAction, output} from '../../src/command/action.ts'
import {artifactInputs, artifactOutputs, targetOf} from '../../src/command/artifact-inputs.ts'
import {flag, integer, oneOf, optional, path, type Values} from '../../src/command/fields.ts'
import {givenSelectors, jobSelector} from '../../src/command/job-selector.ts'
import {sourceList} from '../../src/command/sources.ts'
import {byRefCalls} from '../../src/steps/by-ref.ts'
import type {Selection} from '../../src/gitlab/jobs/select.ts'
import {selectorCalls} from '../../src/steps/choose.ts'
import {pullJobs} from '../../src/steps/pull-jobs.ts'
import {waitCalls} from '../../src/steps/wait.ts'
import {waitInputs} from '../../src/command/wait-inputs.ts'

const sourceInputs = {
  source: sourceList(
    'In place of jobs of one pipeline: project@ref:job or project@ref:job=folder; a job or folder with "=" in it in double quotes',
  ),
  sources: optional(path('YAML file of such sources, each with files, strip, into, strategy, optional')),
  lock: optional(
    path('File to note what was fetched in: job, pipeline, commit, SHA-256 and size of each archive', {
      isWritten: true,
    }),
  ),
  locked: flag('Fetch exactly what the lock file notes, and nothing else'),
} as const

export const action = defineAction({
  name: 'download-artifacts',
  about: 'Pulls the artifacts of one or many jobs of a pipeline, into one folder each or merged into one tree.',
  group: 'fetch',
  needs: [['artifacts']],
  inputs: {
    ...jobSelector,
    layout: oneOf(
      'One folder a job, or all in one tree; by default one folder a job where there are several',
      ['per-job', 'merged', 'auto'],
      {
        default: 'auto',
      },
    ),
    clashes: oneOf(
      'What to do if two jobs bring the same path: refuse, or believe the first or the last of them',
      ['refuse', 'first', 'last'],
      {
        default: 'refuse',
      },
    ),
    wait: flag('Wait until the jobs have finished well first'),
    parallel: integer('How many archives are fetched at once', {default: 4, min: 1, max: 16}),
    timeout: waitInputs.timeout,
    ...sourceInputs,
    dryRun: flag('Say which jobs and how many bytes would be fetched; fetch nothing'),
    ...artifactInputs,
  },
  outputs: {
    ...artifactOutputs,
    ids: output.text('Ids of the jobs, comma separated'),
    jobs: output.json(
      'One object a job: id, name, status, folder, files, bytes, sha256, project, pipeline, ref, sha, archive_bytes',
    ),
  },
  calls: [
    ...selectorCalls.map((call) => ({
      ...call,
      when: (inputs: Selection & Chosen) => !isFixed(inputs) && (call.when?.(inputs) ?? true),
    })),
    ...byRefCalls
      .filter(({route}) => route === 'project-jobs' || route === 'artifacts-by-ref' || route === 'artifact-file-by-ref')
      .map((call) => ({...call, when: (inputs: Chosen) => hasSources(inputs) && !inputs.locked})),
    ...waitCalls
      .filter(({route}) => route === 'trace' || route === 'project-jobs')
      .map((call) => ({...call, when: ({wait}: {readonly wait: boolean}) => wait})),
    {route: 'artifacts', why: 'to fetch the archive of each job'},
    {route: 'artifacts-tree', why: 'to see the mode of a single file'},
    {route: 'artifact-file', why: 'to fetch a single file'},
  ],
  component: true,
  examples: [
    {
      about: 'Bring the parts of a parallel job into one tree',
      line: "--job-match 'build *' --layout merged --path dist",
    },
    {
      about: 'Bring two projects’ builds together, and note what came, so that --locked brings the same again',
      line: "--source 'grp/lib@main:build=lib' --source 'grp/tool@main:build=tool' --path vendor --lock vendor.lock",
    },
    {about: 'One zip of what all jobs of a stage have made', line: '--stage build --archive all.zip'},
  ],
  check: (inputs) => [
    ...(hasSources(inputs)
      ? givenSelectors(inputs).map(
          (name) => `${name} chooses jobs of one pipeline, and goes with neither source nor sources`,
        )
      : []),
    ...(inputs.wait && isFixed(inputs) ? ['wait goes with neither source, sources nor locked'] : []),
    ...(inputs.locked && inputs.lock === undefined ? ['locked needs lock, the file to go by'] : []),
  ],
  places: (inputs) => [
    targetOf(inputs),
    ...(inputs.lock === undefined ? [] : [{name: 'lock', path: inputs.lock, kind: 'file' as const}]),
  ],
  run: (context) => pullJobs(context, context.inputs),
})

type Chosen = Pick<Values<typeof sourceInputs>, 'source' | 'sources' | 'locked'>

function hasSources({source, sources}: Pick<Chosen, 'source' | 'sources'>): boolean {
  return source.length > 0 || sources !== undefined
}

/** No pipeline is looked into. */
function isFixed(inputs: Chosen): boolean {
  return hasSources(inputs) || inputs.locked
}

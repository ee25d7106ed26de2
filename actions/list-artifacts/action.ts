import {defineAction, output} from '../../src/command/action.ts'
import {bytes, list, oneOf} from '../../src/command/fields.ts'
import {artifactInputs} from '../../src/command/artifact-inputs.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {sizeOf} from '../../src/base/size.ts'
import {chooseArchive, selectorCalls} from '../../src/steps/choose.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {listArtifacts} from '../../src/steps/list-artifacts.ts'

export const action = defineAction({
  name: 'list-artifacts',
  about: 'Lists the files in the artifacts of a job, with sizes and modes, without fetching them.',
  group: 'fetch',
  needs: [['artifacts-tree', 'artifacts']],
  inputs: {
    ...jobSelector,
    allowUnmatched: artifactInputs.allowUnmatched,
    files: list('Only files that match this pattern, such as "dist/**"; with ! in front, not these'),
    maxBytes: bytes('Most bytes to fetch where GitLab has neither a tree nor parts of archives', {default: '10GiB'}),
    format: oneOf(
      'A table for people, paths one a line, JSON, or the outputs as assignments for a POSIX shell to run',
      ['table', 'paths', 'json', 'shell'],
      {default: 'table'},
    ),
  },
  outputs: {
    ...jobOutputs,
    files: output.integer('How many files and links'),
    bytes: output.integer('How many bytes they have, unpacked'),
    entries: output.json('The entries as GitLab’s tree gives them; empty beyond 1,000'),
  },
  calls: [
    ...selectorCalls,
    {route: 'artifacts-tree', why: 'to list the archive (GitLab 18.8)'},
    {route: 'artifacts', why: 'to read the end of the archive where GitLab has no tree'},
  ],
  examples: [
    {about: 'Show what the build of the own pipeline has made', line: '--job build'},
    {about: 'Print the paths of all scripts', line: "--job build --files '**/*.js' --format paths"},
  ],
  prints: ({format}) => format !== 'table',
  async run(context) {
    const {inputs, log, print} = context
    const found = await chooseArchive(context, inputs)
    const entries = await listArtifacts(context, found, inputs)
    const files = entries.filter(({type}) => type === 'file')
    const size = files.reduce((sum, file) => sum + (file.size ?? 0), 0)
    if (inputs.format === 'json') await print(`${JSON.stringify(entries)}\n`)
    else if (inputs.format === 'paths') await print(files.map(({path}) => `${path}\n`).join(''))
    else {
      const rows = entries.map(({path, mode, size}) => [mode ?? '', size === undefined ? '' : String(size), path])
      if (rows.length > 0)
        log.table(`Artifacts of job ${found.job.id} "${found.label}"`, ['Mode', 'Bytes', 'Path'], rows)
      log.info(`${files.length} ${files.length === 1 ? 'file' : 'files'}, ${sizeOf(size)}.`)
    }
    return {
      ...jobOutputValues(found),
      files: files.length,
      bytes: size,
      entries: entries.length > 1_000 ? undefined : entries,
    }
  },
})

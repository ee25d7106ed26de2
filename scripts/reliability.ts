/** Writes docs/reliability.md out of test/reliability-rows.ts: `npm run reliability`, with `-- --check` only compares. */
import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {rows, type Row} from '../test/reliability-rows.ts'

const file = path.resolve(import.meta.dirname, '..', '..', 'docs', 'reliability.md')
const text = page(rows)

if (!process.argv.includes('--check')) await writeFile(file, text)
else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('docs/reliability.md differs from test/reliability-rows.ts: run "npm run reliability"')
  process.exitCode = 1
}

/** docs/reliability.md, from the rows of both matrices. */
export function page(rows: readonly Row[]): string {
  const [faults, hostile] = ['F', 'H'].map((letter) => rows.filter(({id}) => id.startsWith(letter)))
  const shown = rows.filter(({shownBy}) => shownBy.length > 0).length
  const tests = new Set(rows.flatMap(({shownBy}) => shownBy.map((names) => names.join(' › '))))
  return `# When things go wrong

<!-- Generated from test/reliability-rows.ts by "npm run reliability". -->

What you may rely on in a deploy gate:

- **A wait never says yes to what it has not seen.** An outage, a cut or strange answer, a list that moved while it was read: the wait goes on or ends with
  a code of its own ([exit codes](../README.md#exit-codes)), never with 0. GitLab may be away for ten minutes in the middle of a wait.
- **A change is made once.** After an answer that was lost, jobside looks at what GitLab has before anything is sent again.
- **A destination is either as it was or complete**, also after SIGKILL, a full disk or a power cut, and the next run cleans up.
- **Nothing goes on for ever.** Every phase of every request, every file and every archive has a limit in time, bytes or number, with an input to move it.
- **No archive, log or answer can act on your job**: not on files outside the destination, not on the log, not on your credentials.
- **What is tried again** is tried with growing pauses, as the server asks for it, and within one budget (\`--attempts\`, \`--timeout\`). 401, 403 and 404 are not.

What to do when it ends badly: [troubleshooting](troubleshooting.md).

## How each case is shown

${rows.length} cases, ${shown} of them shown by ${tests.size} named tests, ${rows.length - shown} not tested; ${rows.filter(({note}) => note !== undefined).length} have a note at the end.
Every test runs with \`npm test\`. A test that needs root, \`strace\` or a mount of its own is skipped with the reason in its name
where that is missing, and counted in the last line. \`JOBSIDE_LONG=1 npm test -- test/faults test/hostile\` runs the full sizes and counts: 200
SIGKILLs, 100 signals, 1 GiB, 100,000 entries, a log of 2 GiB, 10,000 polls, outages as long as they are, and every row of each table.
\`npm run fuzz -- --time 60s\` fuzzes each reader and writer for a minute, \`--time 1h --runs 1000000\` a million times.

### Faults

${table(faults ?? [])}

### Hostile input

${table(hostile ?? [])}

### Notes

${rows.flatMap(({id, note}) => (note === undefined ? [] : [`- **${id}**: ${note}`])).join('\n')}
`
}

function table(some: readonly Row[]): string {
  const lines = some.map(({id, what, holds, shownBy, note}) => {
    const where = [...new Set(shownBy.map(([place]) => place))].map(
      (place) => `[${path.basename(place, '.test.ts')}](../${place})`,
    )
    return `| ${id}${note === undefined ? '' : ' *'} | ${what} | ${holds} | ${where.length > 0 ? where.join(', ') : 'not tested'} |`
  })
  return ['| | what goes wrong | what holds | tests |', '|---|---|---|---|', ...lines].join('\n')
}

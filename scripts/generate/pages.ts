import {items, type Item} from '../../test/sandbox/pages/items.ts'

const ages: Readonly<Record<string, string>> = {
  '13.3': 'the page of June 2020, with artifacts',
  '13.5': 'the later page of 13, without artifacts',
  '14.0': 'the page of 14 to 15, at its beginning',
  '15.11': 'the page of 14 to 15, at its end',
  '18.0': 'the page of 18',
}

/** docs/jobs-api.md: every item of GitLab's own pages, and what of the sandbox is asked for it. */
export function pagesTable(): readonly (readonly [string, string])[] {
  const tables = [...new Set(items.map(({page}) => page))].map((version) => {
    const rows = items.filter(({page}) => page === version).map(row)
    return `## Asked of GitLab ${version}: ${ages[version] ?? ''}

| item | command | sandbox route | answer |
|---|---|---|---|
${rows.join('\n')}
`
  })
  const text = `# GitLab's Jobs API, page by page

<!-- Generated from test/sandbox/pages/items.ts by "npm run generate". -->

What GitLab's own pages of the Jobs API say, of four ages, each item asked of a [sandbox](sandbox.md) of its age by the test of the same name in
\`test/sandbox/pages.test.ts\`. An example is held key by key and kind by kind: a key that is missing, or that GitLab did not have yet, fails the test.

${tables.join('\n')}`
  return [['docs/jobs-api.md', text]]
}

function row({item, command, ask, as, status = 200, example}: Item): string {
  const whole = example === undefined ? '' : ', each key of the example'
  return `| ${item} | ${command} | \`${ask}\`${as === 'job' ? ' with JOB-TOKEN' : ''} | ${status}${whole} |`
}

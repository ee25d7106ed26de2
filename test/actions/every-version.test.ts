import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as doctor} from '../../actions/doctor/action.ts'
import {ages, byName, judge, tasksOf, worksSince} from '../../scripts/generate/ages.ts'
import type {Holding, Needs} from '../../scripts/generate/ages.ts'
import {atLeast} from '../../src/gitlab/api/version.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {removeFolders, runCommand} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {maintainer, scenarios, scenarioWorld} from './scenarios.ts'
import type {Scenario} from './scenarios.ts'

let sandbox: Sandbox | undefined
afterEach(() => sandbox?.close())
afterAll(removeFolders)

const holdings = ['job', 'token', 'both'] as const

/** A scenario, once as it is and once by the id of its job where that needs less. */
const rows = scenarios.flatMap((scenario): readonly (readonly [string, Scenario, Needs])[] => {
  const {action, argv, worksById} = scenario
  if (!worksById) return [[action.name, scenario, action.needs]]
  const byId = argv.map((word) => (word === '--job' ? '--job-id' : word === 'build' ? '102' : word))
  return [
    [`${action.name} by name`, scenario, byName(action.needs)],
    [`${action.name} by id`, {...scenario, argv: byId}, action.needs],
  ]
})

test('these are the tasks of the table in docs/job-token.md', () => {
  const tasks = tasksOf(scenarios.map(({action}) => action))
  expect(rows.map(([title]) => title).toSorted()).toEqual(tasks.map(({title}) => title).toSorted())
})

describe.each(ages)('GitLab %s', (version) => {
  describe.each(holdings)('with the tokens: %s', (holding) => {
    const run = async ({action, argv}: Scenario, env: Readonly<Record<string, string>> = {}) => {
      sandbox = await startSandbox(scenarioWorld, {version})
      return runCommand(action, sandbox, argv, {credentials: holding, env: {...maintainer, ...env, ...tokens(holding)}})
    }

    test.each(rows)('%s works, or is refused with the first version that would do', async (_, scenario, needs) => {
      const judgement = judge(needs, holding, version)
      const {code, said, outputs, transcript} = await run(scenario)
      expect([said, code]).toEqual([expect.any(String), judgement === 'works' ? 0 : 77])
      if (judgement === 'works') expect(outputs).toMatchObject(putsOn(version, scenario))
      else expect(said).toMatch(reasonFor(needs, holding))
      if (judgement === 'closed') expect(transcript).toEqual([])
      if (judgement === 'asked') expect(transcript.filter((line) => !line.startsWith('GET'))).toEqual([])
    })

    test('doctor judges the same', async () => {
      const {outputs} = await run({...scenarios[0]!, action: doctor, argv: []})
      const told = (outputs?.['commands'] ?? []) as readonly {command: string; works: string; hint: string | null}[]
      const works = Object.fromEntries(told.map((one) => [one.command, one.works !== 'no']))
      const expected = scenarios.map(({action}) => [action.name, judge(action.needs, holding, version) === 'works'])
      expect(works).toEqual(Object.fromEntries(expected))
      for (const {action} of scenarios) {
        const since = worksSince(action.needs, holding === 'token' ? 'token' : 'job-token')
        const {hint} = told.find(({command}) => command === action.name)!
        if (!works[action.name] && since !== undefined) expect(hint).toContain(`GitLab ${since}`)
      }
    })
  })
})

describe.each(['13.3', '16.11', '17.11'] as const)('GitLab %s, whose version nobody tells', (version) => {
  test.each(rows)(
    '%s is explained with the first version that would do, after the answer',
    async (_, scenario, needs) => {
      sandbox = await startSandbox(scenarioWorld, {version})
      const {action, argv} = scenario
      const {code, said} = await runCommand(action, sandbox, argv, {env: {CI_SERVER_VERSION: ''}})
      const isGood = judge(needs, 'job', version) === 'works'
      expect([said, isGood ? [0] : [66, 77]]).toEqual([expect.any(String), expect.arrayContaining([code])])
      if (!isGood) expect(said).toMatch(worksSince(needs, 'job-token') === undefined ? /GITLAB_TOKEN/ : since(needs))
    },
  )

  test.each(rows.filter(([, , needs]) => judge(needs, 'both', version) === 'works'))(
    '%s goes on with the access token where the job token is turned away',
    async (_, scenario) => {
      sandbox = await startSandbox(scenarioWorld, {version})
      const {code, said, outputs} = await runCommand(scenario.action, sandbox, scenario.argv, {
        credentials: 'both',
        env: {...maintainer, CI_SERVER_VERSION: ''},
      })
      expect([said, code]).toEqual([expect.any(String), 0])
      expect(outputs).toMatchObject(putsOn(version, scenario))
    },
  )
})

function since(needs: Needs): RegExp {
  return new RegExp(`since (GitLab )?${worksSince(needs, 'job-token')?.replace('.', '\\.')}\\b`)
}

/** The maintainer's access token only where the holding has one. */
function tokens(holding: Holding): Readonly<Record<string, string>> {
  return holding === 'job' ? {GITLAB_TOKEN: ''} : {}
}

/** What a refusal must say: the first version on which what is there is enough, or else what is needed. */
function reasonFor(needs: Needs, holding: Holding): RegExp {
  const since = worksSince(needs, holding === 'token' ? 'token' : 'job-token')
  if (since !== undefined) return new RegExp(`since GitLab ${since.replace('.', '\\.')}\\b`)
  return holding === 'token' ? /CI_JOB_TOKEN/ : /GITLAB_TOKEN/
}

/** Before 13.10 no answer tells the id of a project that was named by its path. */
function putsOn(version: string, {argv, puts}: Scenario): Scenario['puts'] {
  return argv.includes('--project') && !atLeast(version, '13.10') ? {...puts, project: null} : puts
}

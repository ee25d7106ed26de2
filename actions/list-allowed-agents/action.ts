import {defineAction, output} from '../../src/command/action.ts'
import {oneOf} from '../../src/command/fields.ts'
import {allowedAgents} from '../../src/gitlab/api/endpoints.ts'

export const action = defineAction({
  name: 'list-allowed-agents',
  about: 'Lists the GitLab agents for Kubernetes that this job may use, for its kubectl contexts.',
  group: 'look',
  needs: [['allowed-agents']],
  inputs: {
    format: oneOf('A table for people, ids one a line, or JSON', ['table', 'ids', 'json'], {default: 'table'}),
  },
  outputs: {
    count: output.integer('How many agents there are'),
    ids: output.text('Their ids, comma separated'),
    environment: output.text('Slug of the environment of this job'),
    agents: output.json('The agents as GitLab told them'),
  },
  calls: [{route: 'allowed-agents', why: 'to read the agents of the job that holds the job token'}],
  examples: [
    {about: 'Show the agents', line: ''},
    {about: 'Print one id a line', line: '--format ids'},
  ],
  prints: ({format}) => format !== 'table',
  async run({inputs, gitlab, log, print}) {
    const {allowed_agents: agents, environment} = await gitlab.call(allowedAgents())
    const rows = agents.map(({id, config_project}) => [String(id), config_project.path_with_namespace])
    if (inputs.format === 'json') await print(`${JSON.stringify(agents)}\n`)
    else if (inputs.format === 'ids') await print(agents.map(({id}) => `${id}\n`).join(''))
    else if (rows.length > 0) log.table('Agents that this job may use', ['Id', 'Configuration project'], rows)
    else log.info('This job may use no agent. An agent is shared with a project by ci_access in its configuration.')
    return {count: agents.length, ids: agents.map(({id}) => id).join(','), environment: environment?.slug, agents}
  },
})

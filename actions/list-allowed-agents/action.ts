import {defineAction, output} from '../../src/command/action.ts'
import {oneOf} from '../../src/command/fields.ts'
import {allowedAgents} from '../../src/gitlab/api/endpoints.ts'

export const action = defineAction({
  name: 'list-allowed-agents',
  about: 'Lists the GitLab agents for Kubernetes that this job may use, for its kubectl contexts.',
  group: 'look',
  needs: [['allowed-agents']],
  inputs: {
    format: oneOf(
      'A table for people, ids one a line, the agents or the whole answer as JSON, or the outputs as assignments for a POSIX shell to run',
      ['table', 'ids', 'json', 'answer', 'shell'],
      {default: 'table'},
    ),
  },
  outputs: {
    count: output.integer('How many agents there are'),
    ids: output.text('Their ids, comma separated'),
    environment: output.text('Slug of the environment of this job'),
    tier: output.text('Tier of that environment, such as production'),
    jobId: output.integer('Id of this job'),
    pipelineId: output.integer('Id of its pipeline'),
    project: output.integer('Id of its project'),
    groups: output.json<readonly object[]>('The groups that its project lies in'),
    userId: output.integer('Id of the user whom the job runs for'),
    username: output.text('Name of that user'),
    roles: output.text('Roles of that user in the project, comma separated'),
    answer: output.json<object>('The whole answer'),
    agents: output.json('The agents as GitLab told them'),
  },
  calls: [{route: 'allowed-agents', why: 'to read the agents of the job that holds the job token'}],
  examples: [
    {about: 'Show the agents', line: ''},
    {about: 'Print one id a line', line: '--format ids'},
  ],
  prints: ({format}) => format !== 'table',
  async run({inputs, gitlab, log, print}) {
    const answer = await gitlab.call(allowedAgents())
    const {allowed_agents: agents, environment, job, pipeline, project, user} = answer
    const rows = agents.map(({id, config_project}) => [String(id), config_project.path_with_namespace])
    if (inputs.format === 'json') await print(`${JSON.stringify(agents)}\n`)
    else if (inputs.format === 'answer') await print(`${JSON.stringify(answer)}\n`)
    else if (inputs.format === 'ids') await print(agents.map(({id}) => `${id}\n`).join(''))
    else if (rows.length > 0) log.table('Agents that this job may use', ['Id', 'Configuration project'], rows)
    else log.info('This job may use no agent. An agent is shared with a project by ci_access in its configuration.')
    return {
      count: agents.length,
      ids: agents.map(({id}) => id).join(','),
      environment: environment?.slug,
      tier: environment?.tier ?? undefined,
      jobId: job.id,
      pipelineId: pipeline.id,
      project: project.id,
      groups: project.groups ?? [],
      userId: user.id,
      username: user.username,
      roles: (user.roles_in_project ?? []).join(','),
      answer,
      agents,
    }
  },
})

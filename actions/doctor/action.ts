import {defineAction, output} from '../../src/command/action.ts'
import {restated} from '../../src/base/errors.ts'
import {list, optional, text} from '../../src/command/fields.ts'
import {projectOf} from '../../src/gitlab/api/addresses.ts'
import {nearestNames} from '../../src/base/nearest.ts'
import {commandNeeds} from '../../src/steps/doctor/command-needs.ts'
import {failureOf, reportDiagnosis} from '../../src/steps/doctor/report.ts'
import {examine} from '../../src/steps/doctor/doctor.ts'
import type {Diagnosis} from '../../src/steps/doctor/doctor.ts'

export const action = defineAction({
  name: 'doctor',
  about: 'Tells which commands work here with what there is, and what would make the others work.',
  group: 'look',
  needs: [],
  inputs: {
    for: list('Name of a command that must work, such as wait-for-job; without any, all that is there must work'),
    target: optional(text('Project to try the routes of, by its id or full path; without it, --project')),
  },
  outputs: {
    ok: output.flag('Whether all that was asked for works, as far as it can be checked'),
    version: output.text('Version of GitLab, if it is told'),
    project: output.text('The project whose routes were tried'),
    jobTokenOk: output.flag('Whether the job token works; empty if there is none'),
    tokenOk: output.flag('Whether the access token works; empty if there is none'),
    tokenUser: output.text('Username of its owner'),
    tokenScopes: output.text('Its scopes, comma separated, if they are told'),
    tokenExpiresAt: output.text('The day on which it expires, if it does and that is told'),
    clockSkew: output.number('Seconds by which the clock of GitLab is ahead of ours, negative if it is behind'),
    works: output.text('The commands that work or should work, comma separated'),
    checks: output.json('One object a check: topic, name, result, details, hint'),
    commands: output.json('One object a command: command, works (yes, should, unknown, no), credentials, why, hint'),
  },
  calls: [
    {route: 'own-job', why: 'to see whose the job token is'},
    {route: 'allowed-agents', why: 'to see the role behind it'},
    {route: 'user', why: 'to see whose the access token is'},
    {route: 'token-self', why: 'to see its scopes and when it expires'},
    {route: 'version', why: 'to see the version of GitLab'},
    {route: 'project', why: 'to see the role of the access token'},
    {route: 'project-jobs', why: 'to try it'},
    {route: 'pipelines', why: 'to try it'},
    {route: 'pipeline-jobs', why: 'to try it'},
    {route: 'job', why: 'to try it'},
    {route: 'trace', why: 'to try it, for one byte'},
    {route: 'artifacts', why: 'to try it, for one byte'},
  ],
  component: true,
  examples: [
    {about: 'Look at everything, in the own project', line: ''},
    {
      about: 'Fail unless two commands work towards another project',
      line: '--target grp/lib --for wait-for-job --for download-artifacts-by-ref',
    },
  ],
  check: ({for: asked, target}) => [
    ...asked.filter((name) => !Object.hasOwn(commandNeeds, name)).map(unknownCommand),
    ...(target === undefined || projectOf(target) !== undefined
      ? []
      : ['target must be a project id or a full path such as group/app']),
  ],
  async run(context) {
    const {inputs, log, gitlab} = context
    const diagnosis = await examine({
      ...context,
      inputs: {...inputs, target: inputs.target && projectOf(inputs.target)},
    })
    reportDiagnosis(diagnosis, log)
    const failure = failureOf(diagnosis, inputs)
    const outputs = outputsOf(diagnosis, gitlab.facts.clockSkewMs, failure === undefined)
    if (failure) throw restated(failure, {outputs})
    for (const {command, works, why} of diagnosis.commands) {
      if (works === 'unknown' && inputs.for.includes(command)) log.warn(`${command} may work. ${why}`)
    }
    return outputs
  },
})

function unknownCommand(name: string): string {
  const [near] = nearestNames(name, Object.keys(commandNeeds), 1)
  return `for names no command "${name}"${near === undefined ? '' : `, did you mean ${near}?`}`
}

function outputsOf(diagnosis: Diagnosis, clockSkewMs: number | undefined, ok: boolean) {
  const {jobToken, token, commands, checks, version, project} = diagnosis
  return {
    ok,
    version,
    project,
    jobTokenOk: isOk(jobToken),
    tokenOk: isOk(token),
    tokenUser: token.user?.username,
    tokenScopes: token.self?.scopes.join(','),
    tokenExpiresAt: token.self?.expires_at ?? undefined,
    clockSkew: clockSkewMs === undefined ? undefined : clockSkewMs / 1000,
    works: commands
      .filter(({works}) => works === 'yes' || works === 'should')
      .map(({command}) => command)
      .join(','),
    checks,
    commands: commands.map(({command, works, credentials, why, error}) => ({
      command,
      works,
      credentials,
      why,
      hint: error?.hint ?? null,
    })),
  }
}

function isOk({state}: Diagnosis['token']): boolean | undefined {
  return state === 'works' ? true : state === 'broken' ? false : undefined
}

import {duration, flag, integer, list, oneOf, optional, path, secret, text} from './fields.ts'

/** What every command takes. */
export const sharedInputs = {
  apiUrl: optional(text('Root of the API, such as https://gitlab.example.com/api/v4', {from: 'CI_API_V4_URL'})),
  project: optional(text('Project: its id or its full path', {from: 'CI_PROJECT_ID'})),
  jobToken: secret('Job token, sent as JOB-TOKEN', 'CI_JOB_TOKEN'),
  token: secret('Access token, sent only where no job token can serve', 'GITLAB_TOKEN'),
  tokenFile: optional(path('File that holds the access token')),
  oauth: flag('The access token is one of OAuth, whatever its form: it is sent as Bearer'),
  sendTokenTo: optional(
    text('Host that the access token is meant for, where api-url leads away from the server of this job'),
  ),
  auth: oneOf('Which credential may be used', ['auto', 'job-token', 'token', 'anonymous'], {default: 'auto'}),
  caFile: optional(path('PEM file added to the trusted roots', {from: 'CI_SERVER_TLS_CA_FILE'})),
  certFile: optional(path('PEM file with the client certificate', {from: 'CI_SERVER_TLS_CERT_FILE'})),
  keyFile: optional(path('PEM file with the key of the client certificate', {from: 'CI_SERVER_TLS_KEY_FILE'})),
  requestTimeout: duration('How long a server may stay silent', {default: '30s', max: '1h'}),
  attempts: integer('How often a request is tried in all', {default: 6, min: 1, max: 20}),
  dotenv: optional(path('File for the outputs as a dotenv report', {isWritten: true})),
  dotenvOutputs: list('Outputs for the dotenv report, or all; without any, those that a gate branches on'),
  json: optional(
    path('File for the outputs as JSON; - is standard output, and then all else goes to standard error', {
      isWritten: true,
    }),
  ),
  field: list('Output to print, such as job-id; one value a line, and all else goes to standard error'),
  format: optional(
    oneOf('Print the outputs as assignments for a POSIX shell to run; all else goes to standard error', ['shell']),
  ),
  outputPrefix: text('Put before each dotenv key', {
    default: '',
    pattern: /^[A-Za-z0-9_]*$/,
    rule: 'must be letters, digits and _',
  }),
  annotations: optional(
    path('File for an annotations report, which puts links on the job page of GitLab', {isWritten: true}),
  ),
  gitlabEnv: flag('Also give the outputs to the later steps of this job, through GITLAB_ENV'),
  explain: flag('Print which routes would be called with which credential, and what each needs; call nothing'),
  log: oneOf('How much to say', ['quiet', 'info', 'debug'], {default: 'info'}),
  allowHttp: flag('Allow http:// for hosts other than loopback'),
} as const

export type SharedInputs = typeof sharedInputs

import {badParameter, forbidden, noProject, noRecord, row, unauthorized, type Row} from './row.ts'

/** Section 1.6 and the job's keys. */
const single: readonly Row[] = [
  row('nobody', 'GET /projects/4/jobs/4001', 401, unauthorized),
  row('reporter', 'GET /projects/1/jobs/102', 200, {
    json: {id: 102, status: 'success', coverage: 91.5, artifacts_file: {filename: 'artifacts.zip'}},
    lacks: ['failure_reason', 'retried', 'download_url'],
  }),
  row('reporter', 'GET /projects/1/jobs/103', 200, {json: {failure_reason: 'script_failure', allow_failure: true}}),
  row('reporter', 'GET /projects/1/jobs/113', 200, {json: {failure_reason: 'runner_system_failure'}}),
  row('reporter', 'GET /projects/1/jobs/101', 200, {
    json: {finished_at: null, tag_list: ['docker', 'linux'], duration: 540},
  }),
  row('reporter', 'GET /projects/1/jobs/106', 200, {json: {runner: null, started_at: null}, lacks: ['artifacts_file']}),
  row('reporter', 'GET /projects/1/jobs/116', 200, {json: {user: null}}),
  row('reporter', 'GET /projects/1/jobs/91', 200, {
    json: {artifacts_expire_at: '2026-08-01T00:00:00.000Z'},
    lacks: ['artifacts_file'],
  }),
  row('reporter', 'GET /projects/1/jobs/132', 200, {
    json: {artifacts: [{file_type: 'junit'}]},
    lacks: ['artifacts_file'],
  }),
  row('reporter', 'GET /projects/1/jobs/171', 200, {json: {ref: 'refs/merge-requests/5/head'}}),
  row('reporter', 'GET /projects/1/jobs/102', 200, {version: '17.8', lacks: ['source']}),
  row('reporter', 'GET /projects/1/jobs/102', 200, {version: '18.0', json: {source: 'push'}}),
  row('guest', 'GET /projects/1/jobs/102', 403, forbidden),
  row('stranger', 'GET /projects/1/jobs/102', 404, noProject),
  row('stranger', 'GET /projects/4/jobs/4001', 200, {json: {id: 4001}}),
  row('dev', 'GET /projects/1/jobs/99999', 404, noRecord),
  row('dev', 'GET /projects/1/jobs/2001', 404, noRecord),
  row('dev', 'GET /projects/1/jobs/150', 404, noRecord),
]

/** Section 1.7. */
const trace: readonly Row[] = [
  row('reporter', 'GET /projects/1/jobs/101/trace', 200, {
    text: 'line 1\nline 2\n',
    headers: {'content-type': 'text/plain', 'content-disposition': 'infile; filename="101.log"', 'accept-ranges': null},
  }),
  row('reporter', 'GET /projects/1/jobs/107/trace', 200, {text: ''}),
  row('reporter', 'GET /projects/1/jobs/101/trace', 200, {with: {range: 'bytes=0-3'}, text: 'line 1\nline 2\n'}),
  row('reporter', 'GET /projects/1/jobs/101/trace?byte_offset=7', 200, {
    text: 'line 2\n',
    headers: {'content-range': null},
  }),
  row('reporter', 'GET /projects/1/jobs/101/trace?byte_offset=5&byte_limit=4', 200, {text: '1\nli'}),
  row('reporter', 'GET /projects/1/jobs/101/trace?byte_offset=500', 200, {text: ''}),
  row(
    'reporter',
    'GET /projects/1/jobs/101/trace?byte_limit=0',
    400,
    badParameter('byte_limit does not have a valid value'),
  ),
  row(
    'reporter',
    'GET /projects/1/jobs/101/trace?byte_limit=512001',
    400,
    badParameter('byte_limit does not have a valid value'),
  ),
  row(
    'reporter',
    'GET /projects/1/jobs/101/trace?byte_offset=-1',
    400,
    badParameter('byte_offset does not have a valid value'),
  ),
  row('reporter', 'GET /projects/1/jobs/101/trace?byte_offset=x', 400, badParameter('byte_offset is invalid')),
  row('reporter', 'GET /projects/1/jobs/101/trace?byte_offset=7', 200, {version: '18.10', text: 'line 1\nline 2\n'}),
  row('reporter', 'GET /projects/1/jobs/101/trace?byte_limit=0', 200, {version: '18.10', text: 'line 1\nline 2\n'}),
  row('nobody', 'GET /projects/4/jobs/4001/trace', 401, unauthorized),
  row('guest', 'GET /projects/1/jobs/101/trace', 403, forbidden),
  row('reporter', 'GET /projects/1/jobs/117/trace', 403, forbidden),
  row('dev', 'GET /projects/1/jobs/117/trace', 200, {text: 'secret\n'}),
  row('dev', 'GET /projects/1/jobs/150/trace', 404, noRecord),
]

const cancelTo = (as: string, id: number, status: string, query = ''): Row =>
  row(as, `POST /projects/1/jobs/${id}/cancel${query}`, 201, {json: {id, status}})

/** Section 1.8, each line of its table. */
const cancel: readonly Row[] = [
  cancelTo('dev', 102, 'success'),
  cancelTo('dev', 103, 'failed'),
  cancelTo('dev', 112, 'skipped'),
  cancelTo('dev', 101, 'canceled'),
  cancelTo('dev', 115, 'canceling'),
  cancelTo('dev', 110, 'canceling'),
  row('dev', 'POST /projects/1/jobs/101/cancel?force=true', 403, forbidden),
  cancelTo('maint', 101, 'running', '?force=true'),
  row('dev', 'POST /projects/1/jobs/110/cancel?force=true', 403, forbidden),
  cancelTo('maint', 110, 'canceled', '?force=true'),
  row('dev', 'POST /projects/1/jobs/102/cancel?force=true', 403, forbidden),
  ...[107, 108, 109, 106, 105, 104].map((id) => cancelTo('dev', id, 'canceled')),
  row('dev', 'POST /projects/1/jobs/101/cancel?force=true', 201, {version: '17.8', json: {status: 'canceled'}}),
  row('dev', 'POST /projects/1/jobs/101/cancel?force=perhaps', 400, badParameter('force is invalid')),
  row('nobody', 'POST /projects/4/jobs/4001/cancel', 401, unauthorized),
  row('reporter', 'POST /projects/1/jobs/101/cancel', 403, forbidden),
  row('dev', 'POST /projects/1/jobs/999/cancel', 404, noRecord),
  row('dev', 'POST /projects/1/jobs/150/cancel', 404, noRecord),
]

const notRetryable = {json: {message: '403 Forbidden - Job is not retryable'}}

/** Section 1.9. A retry makes the next id of the whole world. */
const retry: readonly Row[] = [
  ...[102, 103, 111, 110].map((id) =>
    row('dev', `POST /projects/1/jobs/${id}/retry`, 201, {json: {id: 15051, status: 'pending', user: {id: 1}}}),
  ),
  ...[101, 104, 105, 106, 107, 108, 109, 112, 113].map((id) =>
    row('dev', `POST /projects/1/jobs/${id}/retry`, 403, notRetryable),
  ),
  row('dev', 'POST /projects/1/jobs/150/retry', 201, {
    json: {id: 15051, name: 'deploy-child', artifacts: []},
    lacks: ['downstream_pipeline'],
  }),
  row('dev', 'POST /projects/1/jobs/114/retry', 201, {send: {inputs: {level: 3}}, json: {status: 'pending'}}),
  row('dev', 'POST /projects/1/jobs/114/retry', 400, {
    send: {inputs: {nothing: 1}},
    json: {message: '400 Bad request - Unknown input: nothing'},
  }),
  row('dev', 'POST /projects/1/jobs/114/retry', 400, {
    send: {inputs: {level: 'high'}},
    json: {message: '400 Bad request - `level` input: provided value is not a number'},
  }),
  row('dev', 'POST /projects/1/jobs/114/retry', 201, {send: {job_inputs: {nothing: 1}}}),
  row('dev', 'POST /projects/1/jobs/114/retry', 201, {version: '18.8', send: {inputs: {nothing: 1}}}),
  row('nobody', 'POST /projects/4/jobs/4001/retry', 401, unauthorized),
  row('reporter', 'POST /projects/1/jobs/102/retry', 403, forbidden),
  row('dev', 'POST /projects/1/jobs/999/retry', 404, noRecord),
]

const notErasable = {json: {message: '403 Forbidden - Job is not erasable!'}}

/** Section 1.10. */
const erase: readonly Row[] = [
  row('maint', 'POST /projects/1/jobs/102/erase', 201, {
    json: {id: 102, artifacts: [], erased_at: '2026-09-01T09:00:00.000Z'},
    lacks: ['artifacts_file'],
  }),
  row('maint', 'POST /projects/1/jobs/103/erase', 201),
  row('maint', 'POST /projects/1/jobs/111/erase', 201),
  ...[101, 104, 119, 124].map((id) => row('maint', `POST /projects/1/jobs/${id}/erase`, 403, notErasable)),
  row('dev', 'POST /projects/1/jobs/102/erase', 403, forbidden),
  row('dev', 'POST /projects/1/jobs/161/erase', 201),
  row('reporter', 'POST /projects/1/jobs/102/erase', 403, forbidden),
  row('nobody', 'POST /projects/1/jobs/102/erase', 401, unauthorized),
  row('maint', 'POST /projects/1/jobs/150/erase', 404, noRecord),
  row('maint', 'POST /projects/13/jobs/13001/erase', 409, {
    json: {message: 'Action temporarily disabled. The project this pipeline belongs to is undergoing stats refresh.'},
  }),
]

const unplayable = {json: {message: '400 Bad request - Unplayable Job'}}
const play = (id: number) => `POST /projects/1/jobs/${id}/play`
const variables = (...list: readonly object[]) => ({send: {job_variables_attributes: list}})

/** Section 1.11. */
const playing: readonly Row[] = [
  row('dev', play(104), 200, {json: {id: 104, status: 'pending', user: {username: 'dev'}}}),
  row('dev', play(105), 200, {json: {id: 105, status: 'pending'}}),
  row('dev', play(122), 200, {json: {id: 122, status: 'waiting_for_resource'}}),
  row('dev', play(151), 200, {json: {id: 151, status: 'pending', downstream_pipeline: null}}),
  ...[101, 102, 106, 107].map((id) => row('dev', play(id), 400, unplayable)),
  row('dev', play(120), 200, {json: {id: 15051, status: 'pending'}}),
  row('dev', play(120), 200, {version: '18.10', json: {id: 120, status: 'failed'}}),
  row('reporter', play(104), 403, forbidden),
  row('reporter', play(102), 403, forbidden),
  row('stranger', play(104), 404, noProject),
  row('nobody', play(104), 401, unauthorized),
  row('dev', play(999), 404, noRecord),
  row('dev', play(104), 200, variables({key: 'A', value: '1'})),
  row('dev', play(104), 200, {send: 'job_variables_attributes[][key]=A&job_variables_attributes[][value]=1'}),
  row('dev', play(104), 400, {
    ...variables({value: '1'}),
    ...badParameter('job_variables_attributes[0][key] is missing'),
  }),
  row('dev', play(104), 400, {
    ...variables({key: 'A'}),
    ...badParameter('job_variables_attributes[0][value] is missing'),
  }),
  row('dev', play(104), 400, {
    ...variables({key: 'A', value: '1'}, {value: '2'}),
    ...badParameter('job_variables_attributes[1][key] is missing'),
  }),
  row('dev', 'POST /projects/14/jobs/14001/play', 403, {...variables({key: 'A', value: '1'}), ...forbidden}),
  row('dev', 'POST /projects/14/jobs/14001/play', 200),
  row('maint', 'POST /projects/14/jobs/14001/play', 200, variables({key: 'A', value: '1'})),
  row('dev', play(104), 200, {send: {job_inputs: {environment: 'staging'}}}),
  row('dev', play(104), 400, {send: {job_inputs: {x: 1}}, json: {message: '400 Bad request - Unknown input: x'}}),
  row('dev', play(104), 400, {
    send: {job_inputs: {environment: 'moon'}},
    json: {
      message:
        '400 Bad request - `environment` input: `moon` cannot be used because it is not in the list of allowed options',
    },
  }),
  row('dev', play(104), 200, {version: '18.8', send: {job_inputs: {x: 1}}}),
  row('dev', play(104), 400, {send: {job_inputs: 'x'}, ...badParameter('job_inputs is invalid')}),
]

export const jobRows = [...single, ...trace, ...cancel, ...retry, ...erase, ...playing]

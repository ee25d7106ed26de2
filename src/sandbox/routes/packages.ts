import {createHash} from 'node:crypto'
import {badRequest, json, message, noRecord, type Answer} from '../http/answers.ts'
import {canReadCode, demandRole, findProject} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'
import type {Project} from '../world/model.ts'

const file = {
  path: '/projects/:id/packages/generic/:package_name/:package_version/:file_name',
  since: 'genericPackages',
  jobToken: true,
} as const

/** https://docs.gitlab.com/user/packages/generic_packages/: one file up, one file down. */
export const packageRoutes: readonly Route[] = [
  {...file, method: 'GET', login: 'optional', policy: 'read_packages', openToPublic: true, handle: download},
  {
    ...file,
    method: 'PUT',
    login: 'required',
    policy: 'admin_packages',
    params: {
      select: {type: 'string', values: ['package_file']},
      status: {type: 'string', values: ['default', 'hidden']},
    },
    handle: upload,
  },
]

function upload(call: Call): Answer {
  const project = findProject(call, String(call.params['id']))
  demandRole(call, project, 'developer')
  if (project.archived) throw message(403, '403 Forbidden')
  const {body} = call.request
  if (body === undefined || body.length === 0) throw badRequest('file is missing')
  const {packages} = project
  packages.set(keyOf(call), body)
  if (call.params['select'] !== 'package_file') return json(201, {message: '201 Created'})
  return json(201, {
    id: packages.size,
    package_id: packages.size,
    file_name: call.params['file_name'],
    size: body.length,
    file_sha256: sha256(body),
    created_at: new Date(call.world.clock.now()).toISOString(),
  })
}

function download(call: Call): Answer {
  const project: Project = findProject(call, String(call.params['id']))
  if (!canReadCode(call, project)) throw message(403, '403 Forbidden')
  const body = project.packages.get(keyOf(call))
  if (!body) throw noRecord()
  const name = String(call.params['file_name'])
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${name}"; filename*=UTF-8''${encodeURIComponent(name)}`,
    'x-checksum-sha256': sha256(body),
    'last-modified': new Date(call.world.clock.now()).toUTCString(),
  }
  return {status: 200, headers, body, ranges: true}
}

const keyOf = ({params}: Call): string =>
  [params['package_name'], params['package_version'], params['file_name']].map(String).join('/')

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex')

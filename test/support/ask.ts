import {expect} from '@jest/globals'
import {has as isSince} from '../../src/sandbox/world/versions.ts'
import {list, type Shape} from './shape.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {
  agentsShape,
  bridgeAsJobShape,
  bridgeShape,
  detailedPipelineShape,
  errorShape,
  jobShape,
  pipelineShape,
  treeEntryShape,
} from './shapes.ts'

export interface Question {
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** An object goes out as JSON, text as a form. */
  readonly body?: object | string | undefined
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  readonly text: string
  /** Undefined where the answer is no JSON. */
  readonly json: unknown
}

/** Asks `METHOD /path` below /api/v4, follows nothing, and holds whatever comes back against its shape. */
export async function ask(sandbox: Sandbox, request: string, {headers = {}, body}: Question = {}): Promise<Reply> {
  const [method = 'GET', path = ''] = request.split(' ')
  const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json'
  const response = await fetch(`${sandbox.api}${path}`, {
    method,
    redirect: 'manual',
    headers: {...(body !== undefined && {'content-type': type}), ...headers},
    ...(body !== undefined && {body: typeof body === 'string' ? body : JSON.stringify(body)}),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type') === 'application/json' && bytes.length > 0
  const json: unknown = isJson ? JSON.parse(bytes.toString()) : undefined
  const version = sandbox.world().gitlab.version
  const shape = shapeOf(method, path.split('?')[0] ?? '', response.status, version)
  if (shape && json !== undefined) expect(shape(json, '')).toEqual([])
  return {status: response.status, headers: response.headers, bytes, text: bytes.toString(), json}
}

/** The shape that an answer on this path has. */
function shapeOf(method: string, path: string, status: number, version: string): Shape | undefined {
  if (status >= 400) return errorShape
  if (status >= 300) return undefined
  const shapes: readonly (readonly [RegExp, Shape])[] = [
    [/^GET \/job$/, jobShape(version)],
    [/^GET \/job\/allowed_agents$/, agentsShape],
    [/^GET \/projects\/[^/]+\/jobs$/, list(jobShape(version))],
    [/^GET \/projects\/[^/]+\/pipelines\/\d+\/jobs$/, list(jobShape(version))],
    [/^GET \/projects\/[^/]+\/pipelines\/\d+\/(bridges|trigger_jobs)$/, list(bridgeShape(version))],
    [/^GET \/projects\/[^/]+\/pipelines$/, list(pipelineShape(version))],
    [/^GET \/projects\/[^/]+\/pipelines\/(\d+|latest)$/, detailedPipelineShape(version)],
    [/^(GET|POST) \/projects\/[^/]+\/jobs\/\d+(\/(cancel|erase|artifacts\/keep))?$/, jobShape(version)],
    [/^POST \/projects\/[^/]+\/jobs\/\d+\/(play|retry)$/, jobOrBridge(version)],
    ...(isSince(version, 'artifactsTree') ? ([[/^GET .*\/artifacts\/tree$/, list(treeEntryShape)]] as const) : []),
  ]
  return shapes.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1]
}

const jobOrBridge =
  (version: string): Shape =>
  (value, place) => {
    const has = (key: string) => typeof value === 'object' && value !== null && key in value
    const hasManagers = isSince(version, 'runnerManager')
    const shape = has('downstream_pipeline')
      ? bridgeShape
      : has('runner_manager') || !hasManagers
        ? jobShape
        : bridgeAsJobShape
    return shape(version)(value, place)
  }

export interface RequestCaller {
  readonly kind: 'user' | 'job'
  readonly user: string
  /** The id of the job whose token was used. */
  readonly job?: number
}

/** One request as the sandbox saw it. No credential's value is in here. */
export interface RequestRecord {
  /** ISO 8601, on the sandbox's clock. */
  readonly time: string
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  /** As sent, the values of token parameters hidden. */
  readonly query: string
  /** Lower-case names of the credential headers, and of the token parameters, that were present. */
  readonly credentials: readonly string[]
  /** The other headers that change what an answer is. */
  readonly headers: Readonly<Record<string, string>>
  readonly origin: 'api' | 'storage'
  /** As whom the request counted; absent where nobody was recognised, or nobody looked. */
  caller?: RequestCaller
  /** Why it was refused: what this GitLab checked, else what the answer says; of a fault rule: which. */
  reason?: string
  /** What was sent; 0 when the connection was reset before an answer. */
  status: number
  /** Length of the body that was sent. */
  bytes: number
  /** True for a request that the sandbox has no route for. */
  unknown?: true
}

const credentialHeaders = [
  'authorization',
  'cookie',
  'deploy-token',
  'job-token',
  'private-token',
  'proxy-authorization',
]
const tokenParameters = ['access_token', 'job_token', 'private_token', 'token']
const tellingHeaders = [
  'accept-encoding',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'range',
  'user-agent',
]

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export function record(
  origin: RequestRecord['origin'],
  time: number,
  method: string,
  url: string,
  headers: Headers,
): RequestRecord {
  const [path = '', ...rest] = url.split('?')
  const query = rest.join('?')
  const parameters = query
    .split('&')
    .map((pair) => pair.split('=')[0] ?? '')
    .filter((name) => tokenParameters.includes(name))
  const telling = tellingHeaders.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, String(value)] as const]
  })
  return {
    time: new Date(time).toISOString(),
    method,
    path,
    query: query.replace(/(^|&)((?:access|job|private)_token|token)=[^&]*/g, '$1$2=[hidden]'),
    credentials: [...credentialHeaders.filter((name) => headers[name] !== undefined), ...parameters],
    headers: Object.fromEntries(telling),
    origin,
    status: 0,
    bytes: 0,
  }
}

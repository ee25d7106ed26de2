import type {RequestRecord} from '../world/record.ts'
import type {World} from '../world/world.ts'
import {button, empty, link, size, table, type View} from './parts.ts'
import {element, type Content, type Element} from './element.ts'

const mostRequests = 200
/** Characters. */
const mostAddress = 100

/** The record of requests, newest first: what no GitLab shows. */
export function requestsView(world: World, isRefusedOnly: boolean): View {
  const {requests} = world
  const refused = requests.filter(isRefused)
  return {
    title: 'Requests',
    trail: [link('/', 'Projects')],
    body: [
      element('h1', {}, 'Requests'),
      element(
        'p',
        {class: 'actions'},
        tab('/-/requests', `All (${requests.length})`, !isRefusedOnly),
        tab('/-/requests?only=refused', `Refused (${refused.length})`, isRefusedOnly),
        button('DELETE /-/sandbox/requests', undefined, 'Forget them'),
      ),
      element('p', {class: 'quiet'}, `Newest first, at most ${mostRequests}. No credential's value is kept.`),
      requestTable(requests, mostRequests, isRefusedOnly ? isRefused : undefined),
    ],
  }
}

function tab(href: string, text: string, isCurrent: boolean): Element {
  return element('a', {href, class: 'tab', 'aria-current': isCurrent && 'page'}, text)
}

const isRefused = ({status}: RequestRecord): boolean => status === 0 || status >= 400

/** The last so many of the requests, or of those that are meant. */
export function requestTable(
  requests: readonly RequestRecord[],
  most: number,
  isMeant: (entry: RequestRecord) => boolean = () => true,
): Element {
  const shown = requests
    .map((entry, number) => ({entry, number}))
    .filter(({entry}) => isMeant(entry))
    .slice(-most)
  if (shown.length === 0)
    return requests.length === 0
      ? element(
          'p',
          {class: 'empty'},
          'No requests yet. Try ',
          element('code', {}, 'curl -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/job"'),
        )
      : empty('None.')
  return table(
    ['Time', 'Request', 'As', 'Answer', 'Why'],
    shown.toReversed().map(({entry, number}) => ({
      key: `request-${number}`,
      kind: isRefused(entry) ? 'refused' : '',
      cells: [
        element('time', {datetime: entry.time}, entry.time.slice(11, 19)),
        element(
          'span',
          {},
          element('b', {}, entry.method),
          ' ',
          entry.origin === 'storage' && element('span', {class: 'tag'}, 'object store'),
          addressOf(entry),
        ),
        credential(entry),
        element(
          'span',
          {},
          element('b', {class: 'code'}, entry.status === 0 ? 'no answer' : String(entry.status)),
          element('span', {class: 'quiet'}, ` ${size(entry.bytes)}`),
        ),
        entry.reason ?? '',
      ],
    })),
    'record',
  )
}

/** Long queries, such as those of signed URLs, in full as a title only. */
function addressOf({path, query}: RequestRecord): Element {
  const whole = query === '' ? path : `${path}?${query}`
  const isLong = whole.length > mostAddress
  const shown = isLong ? `${whole.slice(0, mostAddress)}…` : whole
  // Said of nearly every request, and never what tells two of them apart.
  const [root = ''] = /^\/api\/v4(?=\/)/.exec(shown) ?? []
  return element(
    'code',
    {title: isLong && whole},
    root !== '' && element('span', {class: 'quiet'}, root),
    shown.slice(root.length),
  )
}

/** What was shown, and as whom it counted. The object store is another origin, where no credential may arrive. */
function credential({credentials, caller, origin}: RequestRecord): Content {
  const shown = credentials.length === 0 ? 'no credential' : credentials.join(', ')
  const as = caller?.kind === 'job' ? `job ${caller.job} as ${caller.user}` : caller?.kind === 'user' ? caller.user : ''
  return element(
    'span',
    {},
    shown,
    as !== '' && element('span', {class: 'quiet'}, ` ${as}`),
    origin === 'storage' && credentials.length > 0 && element('b', {class: 'leak'}, ' leaked to another origin'),
  )
}

/** A row of the two matrices: a fault (F) or a hostile input (H), what holds, and which tests show it. */
export interface Row {
  readonly id: string
  /** What goes wrong, or what somebody sends. */
  readonly what: string
  readonly holds: string
  /** Test file and a text of it: the test's name, or that of its row. */
  readonly shownBy: readonly (readonly [file: string, name: string])[]
  /** Why it is not quite what one might expect, or what is not tested and why. */
  readonly note?: string
}

const breaks = 'test/faults/http-breaks.test.ts'
const retries = 'test/faults/http-retries.test.ts'
const redirects = 'test/faults/http-redirects.test.ts'
const secrets = 'test/faults/http-secrets.test.ts'
const network = 'test/faults/http-network.test.ts'
const bundle = 'test/faults/bundle-faults.test.ts'
const onNetwork = 'test/faults/bundle-network.test.ts'
const answers = 'test/faults/bundle-answers.test.ts'
const waits = 'test/faults/bundle-waits.test.ts'
const changes = 'test/faults/bundle-changes.test.ts'
const packets = 'test/faults/namespaces.test.ts'
const polls = 'test/faults/many-polls.test.ts'
const disk = 'test/faults/disk.test.ts'
const kills = 'test/faults/kills.test.ts'
const killPoints = 'test/faults/kill-points.test.ts'
const reportKills = 'test/faults/report-kills.test.ts'
const stops = 'test/faults/stops.test.ts'
const crowdOutage = 'test/faults/crowd-outage.test.ts'
const twoRuns = 'test/faults/two-runs.test.ts'
const shortWrites = 'test/faults/short-writes.test.ts'
const unexpected = 'test/faults/unexpected.test.ts'
const memory = 'test/faults/memory.test.ts'
const files = 'test/unit/artifacts/faults.test.ts'
const publish = 'test/unit/artifacts/publish/publish.test.ts'
const killedReplace = 'test/unit/artifacts/publish/killed-replace.test.ts'
const writers = 'test/unit/artifacts/writers.test.ts'
const archives = 'test/hostile/archives.test.ts'
/** The first archive of each row in CI, all of them by four ways with JOBSIDE_LONG=1. */
const onBundle = 'test/hostile/bundle-archives.test.ts'
const byWays = 'test/hostile/bundle-ways.test.ts'
const readings = 'test/hostile/ambiguous.test.ts'
const publics = 'test/hostile/public-archives.test.ts'
const canary = 'test/hostile/token-canary.test.ts'
const slow = 'test/hostile/slow-text.test.ts'
const fuzz = 'test/hostile/fuzz.test.ts'
const chain = 'test/architecture/supply-chain.test.ts'
const refusedInputs = 'test/hostile/bundle-inputs.test.ts'
const limits = 'test/architecture/bundle-limits.test.ts'
const frozen = 'test/hostile/frozen-prototypes.test.ts'
const addresses = 'test/unit/gitlab/http/network.test.ts'
const connection = 'test/unit/gitlab/http/connection.test.ts'
const requests = 'test/unit/gitlab/http/requests.test.ts'
const pages = 'test/unit/gitlab/http/answers.test.ts'
const select = 'test/unit/gitlab/jobs/select.test.ts'
const refusal = 'test/unit/gitlab/api/refusal.test.ts'
const decide = 'test/unit/waiting/decide.test.ts'
const until = 'test/unit/waiting/until.test.ts'
const once = 'test/unit/waiting/exactly-once.test.ts'
const threads = 'test/e2e/threads.test.ts'
const crowd = 'test/unit/waiting/crowd.test.ts'
const pace = 'test/unit/waiting/pace.test.ts'
const follow = 'test/unit/waiting/follow.test.ts'
const waitInputs = 'test/unit/waiting/inputs.test.ts'
const dotenv = 'test/unit/hosts/dotenv.test.ts'
const outputs = 'test/unit/hosts/outputs.test.ts'
const github = 'test/unit/hosts/github.test.ts'
const narrative = 'test/unit/hosts/narrative.test.ts'
const redact = 'test/unit/hosts/redact.test.ts'
const streams = 'test/unit/hosts/streams.test.ts'
const logLines = 'test/unit/base/clean-log-lines.test.ts'
const inputs = 'test/unit/command/inputs.test.ts'
const results = 'test/faults/bundle-results.test.ts'
const places = 'test/faults/bundle-places.test.ts'
const ofFiles = 'test/faults/bundle-files.test.ts'
const surroundings = 'test/faults/bundle-surroundings.test.ts'
const refusals = 'test/faults/bundle-refusals.test.ts'
const seen = 'test/faults/bundle-waits-seen.test.ts'
const rateLimits = 'test/faults/bundle-rate-limits.test.ts'
const runnerLog = 'test/unit/waiting/runner-log.test.ts'
const choices = 'test/hostile/bundle-choices.test.ts'
const planted = 'test/hostile/bundle-planted.test.ts'
const credentials = 'test/faults/bundle-credentials.test.ts'
const glob = 'test/unit/base/glob.test.ts'
const ownJob = 'test/unit/hosts/own-job.test.ts'

type Shown = readonly (readonly [string, string])[]
const row = (id: string, what: string, holds: string, shownBy: Shown, note?: string): Row => ({
  id,
  what,
  holds,
  shownBy,
  ...(note !== undefined && {note}),
})
export const rows: readonly Row[] = [
  row('F01', 'connection refused for a while', 'tried again, told, succeeds', [
    [onNetwork, 'that is refused until the server is up succeeds'],
  ]),
  row('F02', 'network or host unreachable once', 'tried again', [[onNetwork, 'is tried again']]),
  row('F03', 'the resolver fails for now', 'tried again', [
    [onNetwork, 'F03 that cannot be resolved for now are asked for again'],
  ]),
  row('F04', 'no such host', 'three tries at most, exit 69, the host named', [
    [onNetwork, 'F04 that do not exist are asked for three times at most, and named'],
    [network, 'a name that does not exist is tried three times and named'],
  ]),
  row('F05', 'the resolver is silent', 'given up in time', [
    [onNetwork, 'F05 whose server is silent are given up in time, and named'],
  ]),
  row(
    'F06',
    'one address family is dead',
    'the other is used within three seconds',
    [
      [packets, 'F06 whose IPv6 is dead'],
      [packets, 'F06 whose IPv4 is dead'],
      [network, 'is reached where only one of them answers'],
    ],
    'Needs root and network namespaces; where they are missing, this is skipped with the reason in its name.',
  ),
  row(
    'F07',
    'a lost SYN',
    'sent again, or another address is tried meanwhile',
    [
      [packets, 'F07 of one family, all sent to one of them lost'],
      [packets, 'F07 a first SYN that is lost is sent again by the kernel, within one try'],
      [network, 'is reached where only one of them answers'],
    ],
    'Needs root and network namespaces; where they are missing, this is skipped with the reason in its name.',
  ),
  row('F08', 'reset before the headers', 'tried again', [
    [answers, 'F08 resets before the headers'],
    [bundle, 'F08 a reset before the headers of the API'],
    [breaks, 'before the answer is tried again, and says so'],
  ]),
  row('F09', 'end of an idle connection', 'one quiet retry at once', [
    [answers, 'F09 F50 a connection kept from the page before that is reset: one quiet retry at once'],
    [breaks, 'costs one quiet retry, without a pause'],
  ]),
  row('F10', 'reset within JSON', 'tried again', [
    [bundle, 'F10 a reset within the headers'],
    [breaks, 'inside a body of known length'],
  ]),
  row('F11', 'reset within an archive', 'resumed or restarted, same bytes', [
    [bundle, 'F11 a reset in the middle'],
    [files, 'F11 a connection that always breaks at once ends in a clear failure'],
  ]),
  row('F12', 'body shorter than announced', 'tried again', [[bundle, 'F12 a body shorter than announced']]),
  row('F13', 'chunks that end early', 'tried again', [
    [answers, 'F13 chunks that end early'],
    [breaks, 'inside a chunked body'],
  ]),
  row('F14', 'a body of unknown length that is cut', 'found by its missing end', [
    [bundle, 'F14 a body of unknown length that is cut'],
    [files, 'F14 a cut body of unknown length is found by its missing end'],
  ]),
  row('F15', 'more bytes than announced', 'not believed', [
    [bundle, 'F15 a body longer than announced'],
    [files, 'F15 more bytes than expected are not believed'],
  ]),
  row('F16', 'an archive sent compressed', 'identity is asked for, another coding refused', [
    [bundle, 'F16 a coding nobody asked for'],
    [breaks, 'F16 is refused for a file, which is asked for as it is stored'],
  ]),
  row('F17', 'corrupt gzip of JSON', 'tried again, never read half', [
    [answers, 'F17 gzip that is corrupt'],
    [breaks, 'that is cut short or corrupt is tried again, never read half'],
  ]),
  row('F18', 'headers that drip', 'given up by the header timer', [
    [answers, 'F18 headers that drip, once the limit of 30 seconds is over'],
    [breaks, 'within the headers is given up'],
  ]),
  row('F19', 'a body that stalls', 'given up by the stall timer, tried again', [
    [bundle, 'F19 a body that stalls'],
    [breaks, 'within the body is given up'],
  ]),
  row('F20', 'a slow body that moves', 'let be', [
    [packets, 'F20 an archive over a link of 512 kbit/s is let be as long as it moves'],
    [answers, 'F20 a body that takes longer than the limit of silence, but moves'],
    [breaks, 'but keeps a large body moving is let be'],
  ]),
  row(
    'F21',
    'a half-open connection',
    'left within the limit of silence, no byte lost',
    [
      [packets, 'is left for a new one within the limit of'],
      [breaks, 'before the headers is given up'],
      [breaks, 'within the body is given up'],
    ],
    'Needs root and network namespaces; where they are missing, this is skipped with the reason in its name. A limit of 1 second in CI, that of 30 with JOBSIDE_LONG=1.',
  ),
  row(
    'F22',
    'one packet in ten lost',
    'all is as without',
    [
      [packets, 'F22 one packet in ten lost, both ways: all is as without'],
      [answers, '69 after F08 F22 breaks without end, having tried six times, each pause longer'],
      [polls, 'one in twenty of them broken somehow, end every wait right'],
    ],
    'Needs root, network namespaces and tc with netem or BPF; where they are missing, this is skipped with the reason in its name.',
  ),
  row(
    'F23',
    'a partition of three minutes',
    'the wait survives, a line a minute',
    [
      [packets, 's goes on, with at most a line a minute'],
      [waits, 'F23 F24 through six looks without an answer'],
      [waits, 'F23 after ten minutes without any answer'],
      [until, 'survives a restart of two minutes and a partition of three, with at most a line a minute'],
    ],
    'Packets are lost for 4 seconds in CI, for 3 minutes with JOBSIDE_LONG=1; the other tests run the clock faster.',
  ),
  row('F24', 'GitLab restarts for two minutes', 'the wait survives', [
    [waits, 'F24 through six looks at a server that restarts'],
    [until, 'survives a restart of two minutes and a partition of three, with at most a line a minute'],
  ]),
  row('F25', '502, 503, 504', 'tried again with growing pauses', [
    [answers, '69 after F08 F22 breaks without end, having tried six times, each pause longer'],
    [bundle, 'F25 two 502 and a 504'],
    [retries, 'answers that pass'],
    [addresses, 'doubles the pause up to 30 seconds, half of it by chance'],
  ]),
  row('F26', '500; 501, 505', '500 again, the others final', [
    [bundle, 'F26 a 500'],
    [bundle, 'F26 an answer that is final'],
  ]),
  row('F27', '408, 425', 'tried again', [[bundle, 'F27 a 408 and a 425']]),
  row('F28', '520 to 530', 'tried again', [
    [bundle, 'F28 a 522'],
    [retries, 'answers that pass'],
  ]),
  row('F29', '429 with Retry-After', 'no request earlier', [
    [bundle, 'F29 a 429 that asks for a second'],
    [retries, 'zero seconds is a second'],
  ]),
  row('F30', 'Retry-After as a date', 'counted by the clock of the server', [
    [answers, 'F30 by a date, by a server whose clock is an hour ahead'],
    [retries, 'a date counts by the clock of the server'],
  ]),
  row('F31', '429 with RateLimit headers alone', 'used, between 1 and 120 seconds', [
    [answers, 'F31 by the end of the window'],
    [retries, 'the end of the window in seconds'],
    [retries, 'the end of the window as a date'],
    [retries, 'the end of the window long gone'],
  ]),
  row('F32', '429 and nothing else', 'from 5 seconds', [
    [answers, 'F32 by nothing: from five seconds'],
    [retries, 'nothing said: from 5 seconds'],
  ]),
  row('F33', 'nonsense in Retry-After', 'clamped or ignored; longer than there is time ends at once', [
    [answers, 'F33 in ages waits two minutes'],
    [answers, 'F33 by a negative number'],
    [retries, 'ages are two minutes'],
    [retries, 'longer than there is time left ends at once, and says why'],
    [fuzz, 'a short round of fuzzing finds nothing in any target'],
  ]),
  row('F34', 'a page in place of JSON', 'waited out, then told, cleaned', [
    [answers, '76, the status, the type and the beginning after F34 a page that stays'],
    [answers, 'F34 a login page'],
    [retries, 'a page in place of JSON that stays is told: status, type and its beginning, cleaned'],
  ]),
  row('F35', 'cut or empty JSON, 204', 'tried again', [
    [answers, 'F35 JSON that is cut'],
    [answers, 'F35 a status 204'],
    [retries, 'half a JSON is waited out'],
    [breaks, 'after nothing but the status 204'],
  ]),
  row('F36', 'JSON of another shape', 'exit 76, never a TypeError', [
    [answers, '76 and the place that is wrong after'],
    [retries, 'an answer of the wrong shape'],
    [pages, 'of GitLab fails on any other JSON with a ShapeError and nothing else'],
  ]),
  row('F37', 'huge, deep or exploding JSON', 'cut at 16 MiB and 200 levels', [
    [answers, 'F37 JSON that is too much: 17 MiB of it'],
    [retries, 'larger than 16 MiB is refused'],
    [retries, '200,000 brackets deep is refused and breaks nothing'],
    [breaks, 'that unpacks to more than 16 MiB is refused at once'],
    [slow, 'as the body of an answer'],
  ]),
  row('F38', 'redirects in a circle, too many, without a target', 'exit 76 after five hops', [
    [bundle, 'F38 a redirect in a circle'],
    [redirects, 'redirects in a row'],
  ]),
  row('F39', 'the store cannot be reached', 'back to the API for another address', [
    [bundle, 'F39 a store that cannot be reached'],
    [redirects, 'that cannot be reached sends us back to the API for another address'],
  ]),
  row('F40', 'a signed address has expired', 'a fresh one, three times', [
    [bundle, 'F40 an address that has expired'],
    [redirects, 'that refuses three fresh addresses has refused'],
  ]),
  row('F41', 'the store asks to slow down', 'tried again', [[bundle, 'F41 a store that asks to slow down']]),
  row('F42', 'a store that refuses HEAD', 'HEAD is never sent', [
    [bundle, 'F39 F54 H54 the store never sees a credential, and HEAD is never sent'],
  ]),
  row('F43', 'ranges ignored', 'begun at 0 again', [
    [bundle, 'F43 a store that ignores ranges'],
    [files, 'F43 a resumed request that is answered whole begins at 0 again'],
  ]),
  row('F44', 'another object between two tries', 'restarted; one or the other, whole', [
    [bundle, 'F44 another object between two tries, without a tag'],
    [files, 'resumes only on a strong tag'],
  ]),
  row('F45', 'a wrong 206', 'restarted, or not trusted', [
    [bundle, 'F45 a part that begins elsewhere than asked'],
    [files, 'F45 a partial answer in several parts is not used'],
    [breaks, 'that sends a part nobody asked for is not trusted'],
  ]),
  row('F46', 'proxies of every kind', 'used, left aside, final with its variable named; no token in the clear', [
    [onNetwork, 'F46 a proxy'],
    [network, 'a proxy'],
    [addresses, 'a proxy'],
  ]),
  row('F47', 'private, wrong, expired certificates', 'trusted once named, else refused at once', [
    [onNetwork, 'F47 a certificate'],
    [network, 'with a private authority works once its file is named'],
  ]),
  row('F48', 'TLS that is never shaken', 'given up by the connect timer', [
    [answers, '69 after F48 TLS that is never shaken, once the limit of ten seconds is over'],
    [network, 'that is never shaken is given up in time'],
  ]),
  row('F49', 'HTTP/1.0, close, odd case, 103', 'fine', [
    [answers, 'F49 HTTP/1.0'],
    [breaks, 'a status 103 first'],
    [breaks, 'HTTP/1.0'],
  ]),
  row('F50', 'a reset exactly between two polls', 'one quiet retry', [
    [answers, 'F09 F50 a connection kept from the page before that is reset: one quiet retry at once'],
    [breaks, 'costs one quiet retry, without a pause'],
  ]),
  row('F51', '401 as our own job has ended', 'ends at once, 77, says why', [
    [waits, 'F51 at once, when its own job has ended and its token with it'],
    [bundle, 'F51 a token whose job has ended'],
    [until, 'stops at once when its own job has ended and its token with it'],
  ]),
  row('F52', '401 or 404 of a young job', 'one retry', [
    [answers, 'F52 404 for its own job in the first seconds'],
    [retries, 'is asked once more if GitLab does not know the job yet'],
  ]),
  row('F53', '404 for a job that does not exist yet', 'waited for until the appear-timeout', [
    [waits, 'F53 while the pipeline answers 404'],
    [waits, 'F53 not found, when the job never comes'],
    [decide, 'may be a pipeline of a ref, which may still come'],
    [decide, 'is waited for until the appear-timeout, then not found'],
  ]),
  row('F54', '404 for artifacts', 'final, 66, says which', [
    [bundle, 'F54 an archive that is not there'],
    [refusal, 'of a project that may not exist names what else it may be'],
  ]),
  row('F55', '403 as a page, 403 as JSON', 'three tries; final', [
    [bundle, 'F55 a 403 as a web page'],
    [bundle, 'F55 a 403 of GitLab'],
  ]),
  row('F56', '409 resource lock', 'tried again', [
    [answers, 'F56 409 for a locked resource'],
    [retries, '409 is tried again only for a locked resource'],
  ]),
  row('F57', 'POST play applied, answer lost', 'seen by its state, one POST', [
    [changes, 'F57 a play whose answer is lost is told by its state'],
    [once, 'makes no run twice and loses none'],
  ]),
  row('F58', 'POST play applied, 502 or 504', 'seen by its state, one POST', [
    [changes, 'F58 a play answered 502'],
    [changes, 'F58 a play answered 504'],
    [once, 'was applied although the answer was lost (%s): one POST, and the state tells'],
  ]),
  row('F59', 'POST play not applied', 'sent again once that is proven', [
    [changes, 'F59 that did not arrive is sent again once that is proven, three times at most, and told'],
    [once, 'is sent again only once it is proven that nothing was applied'],
  ]),
  row('F60', 'play of a finished job', 'no POST unless asked for', [
    [changes, 'F60 a play of a job that runs'],
    [once, 'of a finished job makes another run only when asked for'],
  ]),
  row('F61', 'play answered 400 on the second try', 'the state decides', [
    [changes, 'F61 a play that somebody else was faster with'],
    [once, 'answered 400 on the second try is decided by the state'],
  ]),
  row('F62', 'POST retry ambiguous', 'the new attempt is found by its id', [
    [changes, 'F62 a retry whose answer is lost is told by the new attempt'],
    [once, 'with an ambiguous end finds the new attempt by its higher id'],
  ]),
  row('F63', 'two runners retry at once', 'one run, both follow it', [
    [changes, 'F63 a retry that somebody else was faster with'],
    [once, 'by two runners at once makes one run, which both follow'],
  ]),
  row('F64', 'POST cancel ambiguous, canceling', 'done', [
    [changes, 'F64 a cancel whose answer is lost'],
    [once, 'with an ambiguous end counts canceling as done'],
  ]),
  row('F65', 'POST answered by a redirect', 'refused, sent once, the right address shown', [
    [answers, '76 after F65 a POST that is redirected: sent once, the right address shown'],
    [redirects, 'that changes something is refused (%i), and sent once'],
  ]),
  row('F66', 'the awaited job is retried', 'its newest attempt counts', [
    [waits, 'F66 with the newest attempt of a job that is retried'],
    [decide, 'counts by its newest attempt, even if an old answer shows the earlier one again'],
  ]),
  row('F67', 'failed, then retried by GitLab', 'failed is believed after the settle window', [
    [waits, 'F67 with the attempt that follows a failure at once'],
    [waits, 'F67 failed, once the failure has stood'],
    [decide, 'that GitLab retries 3 seconds later is followed to its new attempt'],
  ]),
  row('F68', 'canceled, superseded', 'exit 21', [
    [waits, 'F68 canceled'],
    [decide, 'or canceled ends as canceled, distinct from failed'],
    [until, 'of a superseded pipeline ends as canceled, and says by which'],
  ]),
  row('F69', 'odd and unknown statuses', 'not final; unknown ones warned of once', [
    [waits, 'F69 through every status that is not final'],
    [until, 'warns once of a status it does not know'],
    [decide, 'one job by its status'],
  ]),
  row('F70', 'the target is manual', 'ends, or is played where asked', [
    [waits, 'F70 at a manual job'],
    [waits, 'F70 with a manual job where it is told to'],
    [decide, 'is believed after the settle window, since it may have been played just now'],
  ]),
  row('F71', 'skipped; failed but allowed', 'codes of their own, by policy', [
    [waits, 'F71 skipped'],
    [waits, 'F71 and is content with a failure that is allowed'],
    [decide, 'failed with allow_failure is good unless the policy is strict'],
  ]),
  row('F72', 'stuck in the queue', 'exit 75, with tags and time', [
    [waits, 'F72 with the tags and the time of a job that is stuck'],
    [until, 'ends a job stuck in the queue with its tags and the time it was queued'],
  ]),
  row('F73', 'bridges without a pipeline, children of children', 'waited for; five levels', [
    [changes, 'F73 waits for a child of a child, whose bridge has no pipeline for a minute'],
    [decide, 'keeps a missing job of a child of a child from counting as not found'],
    [select, 'that go deeper than five levels are not known, and so no answer'],
  ]),
  row('F74', 'many pages that move or lie', 'each job once; no circle, no endless list', [
    [waits, 'F74 although a page shows a job twice'],
    [select, 'a pipeline of many pages is read whole, without a job twice'],
    [pages, 'seen before ends the list with an error'],
    [pages, 'beyond a hundred numbered ones is an error, unless a limit was asked for'],
  ]),
  row('F75', 'the wall clock jumps', 'same duration', [
    [waits, 'a wait lasts as long as without when the wall clock jumps an hour'],
    [until, 'does not change when the wall clock jumps by an hour, either way'],
  ]),
  row('F76', 'longer than the job has left', 'cut, and told', [
    [waits, 'F76 by the time its own job has left'],
    [until, 'is cut to what CI_JOB_TIMEOUT leaves, which is told and no warning'],
  ]),
  row('F77', '50 waiters of one user', 'all end well, evenly spread', [
    ['test/e2e/crowd.test.ts', 'fifty processes that wait for one job, all of one user, all end well under a limit'],
    [
      crowd,
      'fifty of one user under a limit of 600 a minute all end well, and no second is much busier than the others',
    ],
  ]),
  row('F78', 'an outage with 50 waiters', 'no storm afterwards', [
    [crowdOutage, 'F78 fifty waiters that have lived through an outage do not storm the server that is back'],
    [crowd, 'do not storm a server that has just come back'],
    [pace, 'is never shortened by an outage'],
  ]),
  row('F79', 'a log that grows, shrinks, is cut in a character', 'every byte once', [
    [changes, 'F79 prints a log that grows, every byte once'],
    [follow, 'gives every byte once, whether the server knows ranges'],
    [follow, 'are whole, and characters too, wherever the pieces were cut'],
    [follow, 'that was erased gives nothing twice and ends'],
  ]),
  row(
    'F80',
    'SIGTERM, SIGINT at any moment',
    '143 or 130 within two seconds, nothing left over',
    [
      [kills, 'F80 at random moments of a download and extraction leaves nothing over, soon'],
      [stops, 'in a wait'],
      [stops, 'in the pauses between tries'],
      [stops, 'in several answers that stall'],
      [files, 'F80 leaves the destination as it was and nothing behind'],
    ],
    'Counted are only signals that came while the private folder of the run was there. By default the middle exit must come within two seconds, as other tests run beside it; with JOBSIDE_LONG=1, alone on a machine, each.',
  ),
  row(
    'F81',
    'SIGKILL at any moment',
    'old or new; the next run sweeps',
    [
      [kills, 'F81 at random moments of a download and extraction leaves old or new, and the next run sweeps'],
      [killPoints, 'that renames leaves the old tree, or for an instant none, and the next run finishes it'],
      [killPoints, 'that renames within a merge leaves each file old or new, and the next run finishes it'],
      [killPoints, 'that renames in a mount, which cannot be renamed itself, is finished by the next run'],
      [killedReplace, 'F81 a replacement that was killed is finished,'],
      [publish, 'killed runs'],
    ],
    'With --overwrite replace there is an instant between two renames with neither tree, as Node cannot exchange two folders in one call; the next run finishes it. A merge, and a replacement in a mount, are many renames: a kill between them is finished by the next run.',
  ),
  row('F82', 'a full disk, or no inodes', '73, named, space given back, old tree kept', [
    [disk, 'F82 a disk that is full'],
    [publish, 'F82 a change that fails half-way is taken back'],
  ]),
  row('F83', 'EFBIG, EDQUOT, EIO, short writes', '73, nothing left; a short write is gone on with', [
    [disk, 'F83 a write that fails'],
    [disk, 'by the limit of a file’s size ends in 73'],
    [disk, 'that first takes half of what it is given and then fails ends in 73'],
    [shortWrites, 'F83 a write that takes less than it is given'],
  ]),
  row('F84', 'a destination that cannot be written', 'refused before a request', [
    [disk, 'F84 a place that cannot be written'],
    [archives, 'F84 a file in the place of the destination is refused before a request'],
  ]),
  row('F85', 'files that are there', 'merge, replace, fail or skip', [[publish, 'what is there already']]),
  row('F86', 'two runs, one destination', 'one after the other', [
    [twoRuns, 'F86 two runs into one destination follow each other'],
    [publish, 'F86 into one folder follow each other'],
  ]),
  row('F87', 'another device', 'made beside or inside the destination; else copied', [
    [disk, 'F87 another device'],
    [
      killPoints,
      'that makes a copy for another device, as every rename says so, leaves no piece of it after the next run',
    ],
  ]),
  row('F88', 'few files may be open', 'fine', [
    [disk, 'F88 few files may be open: all is unpacked'],
    [threads, 'where few files may be open, threads unpack all of it'],
  ]),
  row(
    'F89',
    '1 GiB of artifact, a heap of 64 MiB',
    'below 150 MB',
    [[memory, 'F89 a large artifact is unpacked in at most 150 MB, with a heap of 64 MiB']],
    'The whole size is run with JOBSIDE_LONG=1, 384 MiB otherwise; with one thread (--jobs 1).',
  ),
  row('F90', 'standard output closed or full', 'quiet, work whole; full is 73', [
    [disk, 'F90 standard output'],
    [streams, 'that nobody reads any more ends printing quietly, and the narrative goes on unseen'],
  ]),
  row('F91', 'no TMPDIR, HOME, locale', 'fine', [[disk, 'F91 an odd environment does no harm:']]),
  row('F92', 'a report cut by a kill', 'old or new', [
    [reportKills, 'that is cut by a kill is the old one or the new one'],
    [reportKills, 'that is killed in the place of the call that names it is the old one'],
    [outputs, 'are written whole, in new folders too, with nothing left beside them'],
  ]),
  row(
    'F93',
    'a rejection nobody handles, a throw in a callback',
    '1, told, redacted, nothing left',
    [
      [unexpected, 'F93 H62 a bug of ours ends in 1, says so, leaves nothing, and hides the token that it carries:'],
      [narrative, 'that we do not understand is a stack and a request to report it'],
    ],
    'Exit code 1, as all unexpected errors, with a stack: it is a bug of ours, and the stack is what the report needs. The run is stopped, as what it waits for may never come.',
  ),

  row('F94', 'the report of an earlier run', 'taken away before anything can fail', [
    [results, 'an old report is never taken for that of this run'],
    [results, 'and the failure itself is written'],
  ]),
  row('F95', 'a result that cannot be written', 'exit 73, before anything is changed', [
    [results, 'ends in 73 before anything is changed'],
    [results, 'is told when the disk is full: GITHUB_OUTPUT, GITLAB_ENV, reports'],
  ]),
  row('F96', 'a device, a pipe, a link, a mode at the place of a result', 'written to, followed, kept', [
    [results, 'a device is written to and stays'],
    [results, 'a link is followed, to a new file too, and stays'],
    [results, 'a file keeps its mode'],
    [results, 'into a pipe that nobody reads ends'],
  ]),
  row('F97', 'two results, or a result and what is read, in one place', 'exit 64, before a byte is written', [
    [places, 'refused before a byte is written or asked for:'],
  ]),
  row('F98', 'a result where the archive brings a file', 'exit 73, both kept apart', [
    [places, 'a result and a file of the archive never take each other’s place:'],
  ]),
  row('F99', 'several commands at one report', 'no result is lost', [
    [results, 'six commands at once lose nothing of one report'],
    [results, 'a lock whose holder was killed does not stop the next command'],
  ]),
  row('F100', 'a reader of standard output that goes away', 'never turns bad into good', [
    [results, 'a reader that goes away'],
  ]),
  row('F101', 'no HOME, no temporary folder, no current folder', 'works, or a sentence', [
    [surroundings, 'HOME is the project that the job works in'],
    [surroundings, 'a temporary folder that is not there'],
    [results, 'a current folder that was deleted is told in a sentence'],
  ]),
  row(
    'F102',
    'too few open files',
    'a sentence, 69 or 73',
    [[surroundings, 'H7 too few open files']],
    'With fewer files than Node itself needs to start (some 18, by its version), Node ends before our first line and says so itself.',
  ),
  row('F103', 'more bytes than wanted, whatever is announced', 'the limit binds from the first byte', [
    [ofFiles, '--max-bytes binds what is fetched,'],
  ]),
  row('F104', 'a few bytes a second', 'counts as broken off', [[ofFiles, 'a body of a few bytes a second']]),
  row('F105', 'a first look that nobody answers', 'ends with the time to wait', [
    [seen, 'a first look that nobody answers ends with the time to wait, not after it'],
  ]),
  row('F106', 'a page or JSON in place of a file', 'never handed out', [
    [ofFiles, 'a web page in place of what was asked for is told at once, by'],
  ]),
  row('F107', '429 to a change', 'waited out, then sent again', [[rateLimits, '429 to a change']]),
  row('F108', 'one of many changes fails', 'what has begun ends, nothing new begins', [
    [refusals, 'a failure in one of many: what has begun ends, nothing new begins, and all outcomes are told'],
  ]),
  row('F109', 'many runs into one destination', 'each ends well', [
    [twoRuns, 'F86 of many runs into one destination each ends well, whatever comes and goes beside it'],
  ]),
  row('F110', 'logs with stamps of the runner', 'read as without', [
    [runnerLog, 'reads the same with the stamps of runner 18.7 and without'],
  ]),
  row('H01', 'names that climb', 'refused', [
    [onBundle, 'H01 a name that climbs'],
    [archives, 'H01 a name that climbs'],
  ]),
  row('H02', 'absolute names', 'refused', [
    [onBundle, 'H02 an absolute name'],
    [archives, 'H02 an absolute name'],
  ]),
  row('H03', 'backslashes', 'refused unless allowed on POSIX', [
    [onBundle, 'H03 a backslash'],
    [archives, 'H03 a backslash'],
    [archives, 'options move the rules: prefix, collisions, backslashes, ratio'],
  ]),
  row('H04', 'drives, devices, streams', 'refused; a colon within a name is fine on POSIX', [
    [onBundle, 'H04 a drive'],
    [archives, 'H04 a drive'],
    [onBundle, 'H04 a colon within a name'],
    [archives, 'H04 a colon within a name'],
  ]),
  row('H05', 'absolute link and a file through it', 'refused', [
    [onBundle, 'H05 an absolute link and a file through it'],
    [archives, 'H05 an absolute link and a file through it'],
  ]),
  row('H06', 'relative link out and a file through it', 'refused', [
    [onBundle, 'H06 a link out and a file through it'],
    [archives, 'H06 a link out and a file through it'],
  ]),
  row('H07', 'a link to a system file', 'refused', [
    [onBundle, 'H07 a link to a system file'],
    [archives, 'H07 a link to a system file'],
  ]),
  row('H08', 'link and file of one name', 'refused', [
    [onBundle, 'H08 a link and a file of one name'],
    [archives, 'H08 a link and a file of one name'],
  ]),
  row('H09', 'chains, circles, links through links', 'refused', [
    [onBundle, 'H09 a chain of links that leaves'],
    [archives, 'H09 a chain of links that leaves'],
    [onBundle, 'H09 a link through another that leaves'],
    [archives, 'H09 a link through another that leaves'],
  ]),
  row('H10', 'links that stay inside', 'made last', [
    [onBundle, 'H10 links as real artifacts have them'],
    [archives, 'H10 links as real artifacts have them'],
    [archives, 'links can be refused or left out'],
  ]),
  row('H11', 'odd targets', 'refused', [
    [onBundle, 'H11 a link of 100 KB'],
    [archives, 'H11 a link of 100 KB'],
    [onBundle, 'H11 a link with a NUL'],
    [archives, 'H11 a link with a NUL'],
  ]),
  row('H12', 'links in the destination', 'never followed', [
    [byWays, 'H12 a link in the place of a folder, which it does not follow'],
    [byWays, 'H12 a file in the place of a link, and leaves alone what that means'],
    [archives, 'H12 a link in the place of a folder is never followed'],
    [archives, 'H12 a link in the place of a file is replaced, and what it means is left alone'],
  ]),
  row('H13', 'a name twice', 'refused', [
    [onBundle, 'H13 a name twice with other content'],
    [archives, 'H13 a name twice with other content'],
  ]),
  row('H14', 'file and folder of one name', 'refused', [
    [onBundle, 'H14 a file that is also a folder'],
    [archives, 'H14 a file that is also a folder'],
  ]),
  row('H15', 'names that fold to one', 'refused unless allowed', [
    [onBundle, 'H15 names that differ in case'],
    [archives, 'H15 names that differ in case'],
    [onBundle, 'H15 names that differ in composition'],
    [archives, 'H15 names that differ in composition'],
  ]),
  row('H16', 'empty parts', 'refused or normalised', [
    [onBundle, 'H16 an empty name'],
    [archives, 'H16 an empty name'],
    [onBundle, 'H16 spellings of a path'],
    [archives, 'H16 spellings of a path'],
  ]),
  row('H17', 'NUL', 'refused', [
    [onBundle, 'H17 a NUL'],
    [archives, 'H17 a NUL'],
  ]),
  row('H18', 'control characters', 'refused, shown as codes', [
    [onBundle, 'H18 the control character'],
    [archives, 'H18 the control character'],
  ]),
  row('H19', 'bidi and zero width', 'allowed on the disk, shown as codes', [
    [byWays, 'H19 a name with bidi and zero-width characters, and shows it as codes'],
    [onBundle, 'H19 bidi and zero-width characters'],
    [archives, 'H19 bidi and zero-width characters'],
    [narrative, 'shows no control character, secret or query string of any text'],
  ]),
  row('H20', 'character sets', 'UTF-8 checked, code page 437, the Unicode field by its rules', [
    [onBundle, 'H20 two Unicode paths'],
    [onBundle, 'H20 a name that claims UTF-8'],
    [archives, 'H20 a name that claims UTF-8'],
    [onBundle, 'H20 a stale Unicode path field'],
    [archives, 'H20 a stale Unicode path field'],
  ]),
  row('H21', 'long and deep names', 'refused', [
    [onBundle, 'H21 a part of 300 bytes'],
    [archives, 'H21 a part of 300 bytes'],
    [onBundle, 'H21 folders 3,000 deep'],
    [archives, 'H21 folders 3,000 deep'],
  ]),
  row('H22', 'names Windows reserves', 'refused there, told elsewhere', [
    [byWays, 'H22 H23 names that tools obey or Windows refuses, and tells of them'],
    [archives, 'H22 device names and trailing dots, where the rules are those of Windows'],
  ]),
  row('H23', '.git and files tools obey', 'refused; told once', [
    [byWays, 'H22 H23 names that tools obey or Windows refuses, and tells of them'],
    [onBundle, '.git/hooks/x'],
    [archives, '.git/hooks/x'],
    [archives, 'H23 tells once of files that tools obey'],
  ]),
  row('H24', 'odd modes', 'never wider than the archive says', [
    [onBundle, 'H24 odd modes'],
    [archives, 'H24 odd modes'],
  ]),
  row('H25', 'devices, sockets, pipes', 'refused', [
    [onBundle, 'H25 the type'],
    [archives, 'H25 the type'],
  ]),
  row('H26', 'owners', 'ignored', [
    [onBundle, 'H26 owners'],
    [archives, 'H26 owners'],
  ]),
  row('H27', 'impossible times', 'ignored', [
    [onBundle, 'H27 an impossible month'],
    [archives, 'H27 an impossible month'],
    [onBundle, 'H27 a malformed NTFS field'],
    [archives, 'H27 a malformed NTFS field'],
  ]),
  row('H28', 'wrong checksum', 'refused, nothing left', [
    [byWays, 'H28 a wrong checksum, by ranges'],
    [onBundle, 'H28 a wrong checksum, stored'],
    [archives, 'H28 a wrong checksum, stored'],
    [onBundle, 'H28 a wrong checksum, deflated'],
    [archives, 'H28 a wrong checksum, deflated'],
  ]),
  row('H29', 'wrong size', 'refused while unpacking', [
    [onBundle, 'H29 a size that is too small'],
    [archives, 'H29 a size that is too small'],
    [onBundle, 'H29 a size that is too large'],
    [archives, 'H29 a size that is too large'],
  ]),
  row('H30', 'packed size that lies', 'refused', [
    [onBundle, 'H30 packed bytes that run into the directory'],
    [archives, 'H30 packed bytes that run into the directory'],
  ]),
  row('H31', 'bombs', 'refused by size; by ratio where that is asked for', [
    [onBundle, 'H31 ten gibibytes declared'],
    [archives, 'options move the rules: prefix, collisions, backslashes, ratio'],
    [archives, 'H31 more bytes in all than allowed'],
  ]),
  row('H32', 'overlaps', 'refused before unpacking', [
    [onBundle, 'H32 a quoted overlap'],
    [onBundle, 'H32 two entries in the same bytes'],
    [archives, 'H32 two entries in the same bytes'],
  ]),
  row('H33', 'zip in zip', 'stays a file', [
    [onBundle, 'H33 a zip in a zip'],
    [archives, 'H33 a zip in a zip'],
  ]),
  row(
    'H34',
    'very many entries',
    'up to 100,000, in bounded memory',
    [
      [byWays, 'H34 65,000 empty entries, each checked and the archive kept'],
      [byWays, 'H34 65,000 empty entries'],
      [byWays, 'H34 100,001 entries'],
      [archives, 'H34 65,000 empty entries'],
      [archives, 'H34 more entries than allowed'],
      [memory, 'H34 F89 very many entries are unpacked in at most 160 MB'],
    ],
    'In CI the built bundle checks 65,000 entries and keeps the archive; with JOBSIDE_LONG=1 it unpacks them. For memory CI runs 20,000 entries; the full 100,000 of JOBSIDE_LONG=1 peak at 151 to 156 MB, with one thread (--jobs 1).',
  ),
  row('H35', 'counts that lie', 'refused', [
    [byWays, 'H35 70,000 entries behind a count that wrapped'],
    [archives, 'H35 70,000 entries behind a 16-bit count that wrapped'],
    [onBundle, 'H35 fewer entries than declared'],
    [archives, 'H35 fewer entries than declared'],
  ]),
  row('H36', 'hidden entries, ghosts', 'refused', [
    [byWays, 'H36 a hidden entry, by ranges'],
    [onBundle, 'H36 an entry that the directory hides'],
    [archives, 'H36 an entry that the directory hides'],
    [onBundle, 'H36 an entry without data'],
    [archives, 'H36 an entry without data'],
  ]),
  row('H37', 'two headers that disagree', 'refused', [
    [byWays, 'H37 a descriptor that disagrees, by ranges'],
    [onBundle, 'H37 another name'],
    [archives, 'H37 another name'],
    [onBundle, 'H37 a descriptor that disagrees'],
    [archives, 'H37 a descriptor that disagrees'],
  ]),
  row('H38', 'two ends', 'refused', [
    [onBundle, 'H38 two end records'],
    [archives, 'H38 two end records'],
    [onBundle, 'H38 a zip in the comment'],
    [archives, 'H38 a zip in the comment'],
  ]),
  row('H39', 'bytes before and after', 'refused unless allowed', [
    [onBundle, 'H39 bytes before'],
    [archives, 'H39 bytes before'],
    [onBundle, 'H39 bytes after'],
    [archives, 'H39 bytes after'],
  ]),
  row('H40', 'a directory elsewhere', 'refused', [
    [onBundle, 'H40 a directory elsewhere'],
    [archives, 'H40 a directory elsewhere'],
    [onBundle, 'H40 a directory outside'],
    [archives, 'H40 a directory outside'],
  ]),
  row('H41', 'zip64 that lies', 'refused', [
    [onBundle, 'H41 two zip64 fields'],
    [onBundle, 'H41 a locator that points nowhere'],
    [archives, 'H41 a locator that points nowhere'],
    [onBundle, 'H41 a size of 2^60'],
    [archives, 'H41 a size of 2^60'],
    [onBundle, 'H41 a size given twice'],
    [archives, 'H41 a size given twice'],
  ]),
  row('H42', 'split archives', 'refused', [
    [onBundle, 'H42 a disk told in 64 bits'],
    [onBundle, 'H42 a part of a split archive'],
    [archives, 'H42 a part of a split archive'],
  ]),
  row('H43', 'encryption', 'refused, said so', [
    [onBundle, 'H43 an encrypted entry'],
    [archives, 'H43 an encrypted entry'],
  ]),
  row('H44', 'other methods', 'refused by name', [
    [onBundle, 'H44 method'],
    [archives, 'H44 method'],
    [archives, 'H44 Zstandard is named where this Node cannot read it'],
  ]),
  row('H45', 'broken deflate', 'refused', [
    [onBundle, 'H45 stored blocks of no length'],
    [onBundle, 'H45 deflate that makes no sense'],
    [archives, 'H45 deflate that makes no sense'],
    [onBundle, 'H45 endless empty blocks'],
    [archives, 'H45 endless empty blocks'],
  ]),
  row('H46', 'cut anywhere', 'refused', [
    [onBundle, 'H46 all but the last byte'],
    [archives, 'H46 the same archive cut anywhere'],
  ]),
  row('H47', 'something else', 'refused, says what it looks like', [
    [onBundle, 'H47 no bytes'],
    [archives, 'H47 no bytes'],
    [onBundle, 'H47 a web page'],
    [archives, 'H47 a web page'],
    [onBundle, 'H47 Zstandard'],
    [archives, 'H47 Zstandard'],
  ]),
  row('H48', 'an empty zip', 'fine, told', [
    [byWays, 'H48 an empty archive, and says that there is nothing in it'],
    [archives, 'H48 says that there is nothing in an empty archive'],
  ]),
  row(
    'H49',
    'sound archives of all writers',
    'unpacked',
    [
      [onBundle, 'H49 a stored entry with a descriptor'],
      [archives, 'H49 a stored entry with a descriptor'],
      [writers, 'archives by other writers'],
    ],
    'Which writers are there depends on the machine; the test’s name tells which are absent.',
  ),
  row('H50', 'names of JavaScript', 'plain files', [
    [onBundle, 'H50 names of JavaScript'],
    [archives, 'H50 names of JavaScript'],
    [pages, 'is not fooled by what objects inherit'],
  ]),
  row(
    'H51',
    'public test archives of other tools',
    'refused, or the tree that other readers make of it',
    [
      [publics, 'is $verdict: $name'],
      [publics, 'is never read otherwise than by %s'],
      [onBundle, 'the built bundle unpacks or refuses, as the engine does,'],
    ],
    'The 73 archives of the tests of Go and CPython, whose licences allow it; other collections are not ours to ship. Compared with Python, Info-ZIP and unzipper, with JOBSIDE_LONG=1 also with Go; CI runs the built bundle on one in forty, JOBSIDE_LONG=1 on all.',
  ),
  row('H52', 'a million mutated archives', 'refused, or one reading', [
    [archives, 'H46 and H52 every bit of a small archive flipped: the true content or a refusal'],
    [fuzz, 'a short round of fuzzing finds nothing in any target'],
  ]),
  row(
    'H53',
    'archives with two readings',
    'refused, or the tree that other readers make of it',
    [
      [readings, 'another name'],
      [readings, 'two directories, the first with other names'],
      [readings, 'two Unicode paths'],
      [readings, 'is never read otherwise than by %s'],
      [onBundle, 'the built bundle unpacks or refuses, as the engine does,'],
    ],
    'Some 250 archives by our own tables of doubled metadata, names and places, not the published files. Compared with Python, Info-ZIP and unzipper, with JOBSIDE_LONG=1 also with Go; CI runs the built bundle on one in forty, JOBSIDE_LONG=1 on all.',
  ),
  row('H54', 'redirects to another origin', 'no credential there', [
    [redirects, 'brings the file and no credential'],
    [bundle, 'F39 F54 H54 the store never sees a credential, and HEAD is never sent'],
  ]),
  row('H55', 'redirects to another scheme', 'refused', [
    [redirects, 'to a file'],
    [bundle, 'H55 a redirect to a file'],
    [addresses, 'https never leads to http, and https may lead anywhere but to metadata'],
  ]),
  row('H56', 'redirects into private networks', 'metadata never; http only to the same kind of network', [
    [redirects, 'to the metadata address as a number'],
    [bundle, 'H56 a redirect to a metadata address'],
  ]),
  row('H57', 'odd targets', 'resolved, then compared; at most 8 KB', [
    [redirects, 'by slash and backslash'],
    [redirects, 'to 10 KB of address'],
  ]),
  row('H58', 'a redirect back', 'no credential any more', [
    [redirects, 'and back again does not bring the credential back'],
  ]),
  row('H59', 'Set-Cookie, WWW-Authenticate', 'ignored', [
    [redirects, 'and back again does not bring the credential back'],
    [canary, 'H62 no credential, in any spelling, is in what is said or written'],
  ]),
  row('H60', 'ill-formed tokens', 'refused without their value', [
    [refusedInputs, 'H60 a token with a line break'],
    [connection, 'a canary b'],
    [inputs, 'a secret'],
  ]),
  row('H61', 'tokens in arguments and addresses', 'not offered', [
    [inputs, 'refused as a flag says which variable to set'],
    [canary, 'H61 H62 H65 nothing of it is in the arguments, in debug output of Node, or in a crash report'],
  ]),
  row('H62', 'a canary in every credential', 'found nowhere, in no spelling', [
    [canary, 'H62 no credential, in any spelling, is in what is said or written'],
    [secrets, 'no secret is in what is told, however deep one looks, of'],
  ]),
  row('H63', 'signed queries', 'cut from logs', [
    [redirects, 'never shows its query in a log or an error'],
    [redact, 'what looks like a credential is hidden'],
  ]),
  row('H64', 'a server that echoes the token', 'masked', [
    [canary, 'the echo is heard: what it repeats is masked, not missing'],
  ]),
  row('H65', 'NODE_DEBUG and its kin', 'show no credential', [
    [canary, 'H61 H62 H65 nothing of it is in the arguments, in debug output of Node, or in a crash report'],
  ]),
  row('H66', 'http', 'refused unless loopback or allowed', [
    [refusedInputs, 'H66 plain http beyond loopback'],
    [connection, 'warns of plain http'],
    [connection, '--allow-http'],
  ]),
  row('H67', 'odd API addresses', 'refused', [
    [refusedInputs, 'H67 an address with a user name'],
    [connection, "the API's address"],
  ]),
  row('H68', 'odd refs', 'refused, or encoded once', [
    [refusedInputs, 'H68 a ref that climbs'],
    [requests, 'refuses the ref %j'],
    [requests, 'gives every ref back to the server as it was, and nothing else changes'],
  ]),
  row('H69', 'odd job names', 'one query value', [
    [requests, 'a query'],
    [requests, 'gives every ref back to the server as it was, and nothing else changes'],
  ]),
  row('H70', 'odd projects', 'a safe number or an encoded path', [
    [refusedInputs, 'H70 a project that is none'],
    [addresses, 'addresses'],
    [requests, 'refuses the job id %d'],
  ]),
  row('H71', 'odd artifact paths', 'refused', [
    [requests, 'refuses the artifact path %j'],
    ['test/hostile/bundle-ways.test.ts', 'H71 the file path %j, before a request'],
  ]),
  row('H72', 'header injection', 'impossible', [
    [requests, 'gives every ref back to the server as it was, and nothing else changes'],
    [connection, 'a canary b'],
  ]),
  row('H73', 'line breaks towards dotenv', 'never a further key', [
    [dotenv, 'never gains a line by a value: %j'],
    [fuzz, 'a short round of fuzzing finds nothing in any target'],
  ]),
  row('H74', 'delimiters towards GITHUB_OUTPUT', 'never a further output', [
    [github, 'go to GITHUB_OUTPUT with hyphens, whole, and unknown is empty'],
    [fuzz, 'a short round of fuzzing finds nothing in any target'],
  ]),
  row('H75', 'keys that mean something', 'renamed', [[dotenv, 'the key of %s with the prefix %j is %s']]),
  row('H76', 'commands in a log', 'never act', [[github, 'never acts on the log by a foreign line: %j']]),
  row('H77', 'a guess of our token', '128 random bits a time', [[github, '::AAAA::']]),
  row('H78', 'escape sequences in a log', 'gone but for colours', [
    [logLines, 'the clipboard is left alone'],
    [logLines, 'a section end leaves nothing'],
    [fuzz, 'a short round of fuzzing finds nothing in any target'],
  ]),
  row(
    'H79',
    'a huge log, an endless line',
    'streamed, cut at 64 KiB, below 150 MB',
    [
      [memory, 'H79 a huge log %s is read in at most 150 MB'],
      [logLines, 'a line ends after 64 KiB'],
      [slow, 'as a line of a log: %s'],
    ],
    'The whole 2 GiB are run with JOBSIDE_LONG=1, 384 MiB otherwise.',
  ),
  row('H80', 'escapes in JSON fields', 'shown as codes', [
    [until, 'shows hostile names and reasons only cleaned'],
    [narrative, 'shows no control character, secret or query string of any text'],
  ]),
  row('H81', 'hostile web_url', 'text, never fetched, no link', [[outputs, 'never links to %j']]),
  row('H82', 'Content-Disposition', 'ignored: no header names a file', [
    [files, 'a kept zip is the same bytes, and is checked before it gets its name'],
  ]),
  row('H83', 'lengths that contradict', 'never an answer', [
    [breaks, 'a length and chunks'],
    [breaks, 'a length beyond all numbers'],
  ]),
  row('H84', 'too many or too long headers', 'an error', [
    [bundle, 'H84 3,000 headers'],
    [breaks, 'a header of a megabyte'],
  ]),
  row('H85', 'dangerous destinations', 'refused before a request', [
    [refusedInputs, 'H85 the root as destination'],
    [archives, 'H85 the destination %j is refused before a request'],
  ]),
  row('H86', 'patterns that explode', 'linear', [
    [glob, 'never needs more steps than pattern times name'],
    [fuzz, 'a short round of fuzzing finds nothing in any target'],
  ]),
  row('H87', 'an environment that lies', 'the job token stays with its server; ill-formed is absent', [
    [connection, "of CI for CI's own server"],
    [ownJob, 'an ill-formed %s is absent'],
    [onNetwork, 'of an unknown authority, whatever NODE_TLS_REJECT_UNAUTHORIZED says'],
  ]),
  row('H88', 'odd numbers', 'strict, bounds told', [
    [refusedInputs, 'H88 a negative time'],
    [inputs, 'what is wrong with a call'],
    [waitInputs, 'the inputs of waiting'],
  ]),
  row(
    'H89',
    'supply chain',
    'pinned, no scripts, licences and SBOM whole',
    [
      [chain, 'dist/sbom.json'],
      [chain, 'what is installed'],
    ],
    'That dist is byte for byte a fresh build is a step of CI.',
  ),
  row('H90', 'frozen prototypes', 'enough for every command', [
    [frozen, 'are enough for %s'],
    [frozen, 'H90 H91 what is frozen and forbidden is'],
  ]),
  row(
    'H91',
    'limits of a bundle',
    'no process, eval, listener or late import',
    [
      [limits, 'starts no process, evaluates no text, opens no listener and loads nothing at run time'],
      [limits, 'finds what %s: %s'],
      [frozen, 'are enough for %s'],
      [frozen, 'H91 a link needs more than the folder of the run, and its refusal says so and leaves nothing'],
    ],
    'The words of a bundle are searched, and every command is run where Node allows neither code out of text, nor a process, nor a thread, nor a file outside the folder of the run.',
  ),
  row('H92', 'a journal or lock that somebody planted', 'not believed, and told', [
    [planted, 'H1 an archive that carries what runs of ours keep for themselves is refused:'],
    [planted, 'H1 a journal that no run of ours wrote'],
    [planted, 'G17 a lock of a container that is gone'],
  ]),
  row('H93', 'an address that is not of the server of this job', 'no credential goes there', [
    [credentials, 'an address that is not of the server of this job gets no credential'],
  ]),
  row('H94', 'harmless or odd entries beside what is chosen', 'refuse nothing', [
    [choices, 'D12 what is not chosen refuses nothing:'],
  ]),
  row('H95', 'a refusal of an archive', 'names the way out', [
    [choices, 'D13 a refusal names the input that is the way out:'],
  ]),
  row('H96', 'links through links of the same archive', 'followed as long as they stay inside', [
    [choices, 'A6 a chosen name that passes a link that was not chosen'],
    [choices, 'A6 links that are left out take what is reached through them along'],
  ]),
  row('H97', 'a file that its archive lets few read', 'never wider', [
    [choices, 'D6 what the archive lets nobody read stays so'],
    [onBundle, 'H24 odd modes'],
  ]),
  row('H98', 'a Git repository where a folder is to be replaced', 'refused unless it is meant', [
    [choices, 'G11 --overwrite replace'],
  ]),
  row('H99', 'a mask command where a result goes', 'never there', [
    [results, 'a command of the host never lands in a result'],
  ]),
  row('H100', 'values of variables that a server repeats', 'hidden', [
    [results, 'a value of a variable that a server repeats is hidden, from the input and from a file'],
    [redact, 'with each letter as an escape of JSON'],
  ]),
]

import type {Target} from './target.ts'
import {archive} from './targets/archive.ts'
import {entryPath} from './targets/entry-path.ts'
import {glob} from './targets/glob.ts'
import {json} from './targets/json.ts'
import {links} from './targets/links.ts'
import {dotenv, githubOutput} from './targets/output-files.ts'
import {redaction} from './targets/redaction.ts'
import {retryAfter} from './targets/retry-after.ts'
import {trace} from './targets/trace.ts'

/** Everything that reads bytes of others, or writes them where somebody else reads. */
export const targets: readonly Target[] = [
  archive,
  entryPath,
  json,
  links,
  dotenv,
  githubOutput,
  trace,
  redaction,
  glob,
  retryAfter,
]

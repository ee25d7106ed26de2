/**
 * Uploads what release/ holds to the package registry of the project whose pipeline for a tag runs this, where it stays when artifacts of jobs go:
 * `npm run release:upload`.
 */
import {openAsBlob} from 'node:fs'
import {readdir} from 'node:fs/promises'
import path from 'node:path'
import {parseArgs} from 'node:util'

const {values} = parseArgs({
  options: {from: {type: 'string', default: path.resolve(import.meta.dirname, '..', '..', 'release')}},
})
const {CI_API_V4_URL: api, CI_PROJECT_ID: project, CI_JOB_TOKEN: token, CI_COMMIT_TAG: tag} = process.env
if (!api || !project || !token || !tag)
  throw new Error(
    'CI_API_V4_URL, CI_PROJECT_ID, CI_JOB_TOKEN and CI_COMMIT_TAG must be set: this is for a pipeline of a tag',
  )

for (const file of (await readdir(values.from)).sort()) {
  const url = `${api}/projects/${encodeURIComponent(project)}/packages/generic/jobside/${encodeURIComponent(tag)}/${encodeURIComponent(file)}`
  const body = await openAsBlob(path.join(values.from, file))
  const answer = await fetch(url, {method: 'PUT', headers: {'JOB-TOKEN': token}, body, redirect: 'error'})
  if (!answer.ok) throw new Error(`uploading ${file} of ${tag} was answered ${answer.status}`)
  console.log(`${file}: ${body.size} bytes`)
}

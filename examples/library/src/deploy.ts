import {createClient, fetchArtifacts, JobsideError, waitForJobs} from 'jobside'

const {API_URL = 'https://gitlab.example.com/api/v4', GITLAB_TOKEN} = process.env

const client = await createClient({
  apiUrl: API_URL,
  token: GITLAB_TOKEN,
  project: 'grp/lib',
  log: ({level, text}) => level !== 'debug' && console.error(text),
})
try {
  const {job} = await waitForJobs(client, {ref: 'main', job: 'build', timeout: 30 * 60_000})
  if (!job) throw new Error('nothing was awaited')
  const {files} = await fetchArtifacts(client, {
    pipelineId: job.pipelineId,
    job: 'build',
    files: 'dist/**',
    path: 'vendor/lib',
  })
  console.log(`deploying ${files} files of job ${job.id}, commit ${job.sha}`)
} catch (error) {
  if (!(error instanceof JobsideError)) throw error
  console.error([error.message, error.hint].join('\n'))
  process.exitCode = error.exitCode
} finally {
  await client.close()
}

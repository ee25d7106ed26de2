import {existsSync} from 'node:fs'
import path from 'node:path'
import {clients, missingClient, runProgram} from '../support/clients.ts'
import type {Judge, SeenJob} from './judge.ts'
import {project} from './judge.ts'

const packages = 'debian/usr/lib/python3/dist-packages'
// Debian's own: the packages are made for it.
const python = '/usr/bin/python3'

/** python-gitlab, as Debian packages it: its command line, and the library where the command line has no way. */
export const pythonGitlab: Judge = {
  name: 'python-gitlab',
  missing: existsSync(python) ? missingClient(`${packages}/gitlab/__main__.py`) : `${python} is not there`,
  async at(sandbox) {
    const run = async (args: readonly string[]): Promise<Buffer> => {
      const env = {PYTHONPATH: path.join(clients, packages), PYTHONDONTWRITEBYTECODE: '1', HOME: '/nowhere'}
      const {code, stdout, stderr} = await runProgram(python, args, {env})
      if (code !== 0) throw new Error(`python-gitlab ended with ${code}: ${stderr}`)
      return stdout
    }
    const cli = async (...args: readonly string[]): Promise<Buffer> =>
      run(['-m', 'gitlab', '--server-url', sandbox.url, '--private-token', project.token, ...args])
    const job = async (verb: string, id: number): Promise<Buffer> =>
      cli('project-job', verb, '--project-id', `${project.id}`, '--id', `${id}`)
    const pipeline = async (verb: string, id: number): Promise<void> =>
      void (await cli('project-pipeline', verb, '--project-id', `${project.id}`, '--id', `${id}`))
    const jobs = async (...flags: readonly string[]): Promise<readonly SeenJob[]> =>
      JSON.parse(
        (await cli('-o', 'json', 'project-job', 'list', '--project-id', `${project.id}`, ...flags)).toString(),
      ) as SeenJob[]
    return {
      list: async () => jobs('--get-all'),
      page: async (page, perPage) => jobs('--page', `${page}`, '--per-page', `${perPage}`),
      get: async (id) =>
        JSON.parse(
          (await cli('-o', 'json', 'project-job', 'get', '--project-id', `${project.id}`, '--id', `${id}`)).toString(),
        ) as SeenJob,
      trace: async (id) => (await job('trace', id)).toString(),
      play: async (id, variables) =>
        void (await run(['-c', playing, sandbox.url, project.token, `${id}`, JSON.stringify(variables)])),
      retry: async (id) => void (await job('retry', id)),
      cancel: async (id) => void (await job('cancel', id)),
      erase: async (id) => void (await job('erase', id)),
      keep: async (id) => void (await job('keep-artifacts', id)),
      deleteArtifacts: async (id) => void (await job('delete-artifacts', id)),
      downloadById: async (id) => job('artifacts', id),
      downloadByRef: async (ref, name) =>
        cli('project-artifact', 'download', '--project-id', `${project.id}`, '--ref-name', ref, '--job', name),
      async startPipeline(ref) {
        const flags = ['--project-id', `${project.id}`, '--ref', ref]
        const answer = await cli('-o', 'json', 'project-pipeline', 'create', ...flags)
        return (JSON.parse(answer.toString()) as {readonly id: number}).id
      },
      cancelPipeline: async (id) => pipeline('cancel', id),
      retryPipeline: async (id) => pipeline('retry', id),
      deletePipeline: async (id) => pipeline('delete', id),
    }
  },
}

/** `job.play()` takes no variables: its own route with a body is how people help themselves. */
const playing = `
import gitlab, json, sys
url, token, job, variables = sys.argv[1:]
attributes = [{"key": key, "value": value} for key, value in json.loads(variables).items()]
client = gitlab.Gitlab(url, private_token=token)
client.http_post(f"/projects/${project.id}/jobs/{job}/play", post_data={"job_variables_attributes": attributes})
`

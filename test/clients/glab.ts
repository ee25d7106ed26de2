import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {clients, missingClient, runProgram} from '../support/clients.ts'
import type {Judge, SeenJob} from './judge.ts'
import {project} from './judge.ts'

const program = 'debian/usr/bin/glab'

/** GitLab's own command line, as Debian packages it: its commands for jobs where it has them, else `glab api`. */
export const glab: Judge = {
  name: 'glab',
  missing: missingClient(program),
  async at(sandbox, folder) {
    const env = {GLAB_CONFIG_DIR: path.join(folder, 'config'), HOME: folder, NO_COLOR: '1'}
    await mkdir(env.GLAB_CONFIG_DIR, {mode: 0o700})
    const host = new URL(sandbox.url).host
    await writeFile(path.join(env.GLAB_CONFIG_DIR, 'config.yml'), configuration(host), {mode: 0o600})
    // Its commands for jobs want to stand in a repository even when they are told which one is meant.
    await runProgram('git', ['init', '--quiet', folder])
    const run = async (args: readonly string[], input?: string): Promise<Buffer> => {
      const {code, stdout, stderr} = await runProgram(path.join(clients, program), args, {
        cwd: folder,
        env,
        ...(input !== undefined && {input}),
      })
      // Version 1.33 ends with 0 after a 404 of `api`, and tells it in the last line only.
      if (code !== 0 || /\(HTTP \d+\)/.test(stderr)) throw new Error(`glab ended with ${code}: ${stderr}`)
      return stdout
    }
    const api = async (route: string, ...flags: readonly string[]): Promise<Buffer> =>
      run(['api', `projects/${project.id}/jobs${route}`, ...flags])
    const json = async (route: string): Promise<unknown> => JSON.parse((await api(route)).toString())
    const pipeline = async (route: string): Promise<void> =>
      void (await run(['api', `projects/${project.id}/pipelines${route}`, '--method', 'POST']))
    const post = async (route: string): Promise<void> => void (await api(route, '--method', 'POST'))
    return {
      // Version 1.33 prints the pages one after the other, each an array of its own.
      list: async () =>
        JSON.parse((await api('?per_page=20', '--paginate')).toString().replaceAll('][', ',')) as SeenJob[],
      page: async (page, perPage) => (await json(`?page=${page}&per_page=${perPage}`)) as SeenJob[],
      get: async (id) => (await json(`/${id}`)) as SeenJob,
      trace: async (id) =>
        (await run(['ci', 'trace', `${id}`, '--repo', project.path])).toString().replace(heading, ''),
      async play(id, variables) {
        const attributes = Object.entries(variables).map(([key, value]) => ({key, value}))
        const route = `projects/${project.id}/jobs/${id}/play`
        const flags = ['--method', 'POST', '--header', 'Content-Type: application/json', '--input', '-']
        await run(['api', route, ...flags], JSON.stringify({job_variables_attributes: attributes}))
      },
      retry: async (id) => void (await run(['ci', 'retry', `${id}`, '--repo', project.path])),
      cancel: async (id) => post(`/${id}/cancel`),
      erase: async (id) => post(`/${id}/erase`),
      keep: async (id) => post(`/${id}/artifacts/keep`),
      deleteArtifacts: async (id) => void (await api(`/${id}/artifacts`, '--method', 'DELETE')),
      downloadById: async (id) => api(`/${id}/artifacts`),
      downloadByRef: async (ref, job) =>
        api(`/artifacts/${encodeURIComponent(ref)}/download?job=${encodeURIComponent(job)}`),
      async startPipeline(ref) {
        const said = (await run(['ci', 'run', '--branch', ref, '--repo', project.path])).toString()
        return Number(/id: (\d+)/.exec(said)?.[1])
      },
      cancelPipeline: async (id) => pipeline(`/${id}/cancel`),
      retryPipeline: async (id) => pipeline(`/${id}/retry`),
      show: async (ref) => (await run(['ci', 'status', '--branch', ref, '--repo', project.path])).toString(),
      deletePipeline: async (id) => void (await run(['ci', 'delete', `${id}`, '--repo', project.path])),
    }
  },
}

/** What `ci trace` says before the log. */
const heading = /^\s*Getting job trace\.\.\.\nShowing logs for .*\n/

/** The environment alone would not do: glab would speak https to the host. */
function configuration(host: string): string {
  return [
    'check_update: false',
    `host: ${host}`,
    'hosts:',
    `  ${host}:`,
    '    api_protocol: http',
    `    api_host: ${host}`,
    `    token: ${project.token}`,
    '',
  ].join('\n')
}

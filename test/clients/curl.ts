import {execFileSync} from 'node:child_process'
import {runProgram} from '../support/clients.ts'
import type {Judge, SeenJob} from './judge.ts'
import {project} from './judge.ts'

/** curl, with the lines that people write: --fail, --location, pages by the Link header. */
export const curl: Judge = {
  name: 'curl',
  missing: isThere() ? undefined : 'curl is not on PATH',
  async at(sandbox) {
    const ask = async (url: string, ...flags: readonly string[]): Promise<Buffer> => {
      const {code, stdout, stderr} = await runProgram('curl', [
        '--silent',
        '--show-error',
        '--fail',
        '--location',
        '--header',
        `PRIVATE-TOKEN: ${project.token}`,
        ...flags,
        url,
      ])
      if (code !== 0) throw new Error(`curl ended with ${code}: ${stderr}`)
      return stdout
    }
    const base = `${sandbox.api}/projects/${project.id}`
    const at = `${base}/jobs`
    const json = async (url: string): Promise<unknown> => JSON.parse((await ask(url)).toString())
    const post = async (url: string, ...flags: readonly string[]): Promise<void> =>
      void (await ask(url, '--request', 'POST', ...flags))
    return {
      async list() {
        const jobs: SeenJob[] = []
        for (let url: string | undefined = `${at}?per_page=20`; url !== undefined;) {
          const answer: string = (await ask(url, '--include')).toString()
          const [head = '', body = ''] = answer.split(/\r\n\r\n([^]*)/)
          jobs.push(...(JSON.parse(body) as SeenJob[]))
          url = /<([^>]*)>; rel="next"/.exec(head)?.[1]
        }
        return jobs
      },
      page: async (page, perPage) => (await json(`${at}?page=${page}&per_page=${perPage}`)) as SeenJob[],
      get: async (id) => (await json(`${at}/${id}`)) as SeenJob,
      trace: async (id) => (await ask(`${at}/${id}/trace`)).toString(),
      async play(id, variables) {
        const attributes = Object.entries(variables).map(([key, value]) => ({key, value}))
        const body = JSON.stringify({job_variables_attributes: attributes})
        await post(`${at}/${id}/play`, '--header', 'Content-Type: application/json', '--data', body)
      },
      retry: async (id) => post(`${at}/${id}/retry`),
      cancel: async (id) => post(`${at}/${id}/cancel`),
      erase: async (id) => post(`${at}/${id}/erase`),
      keep: async (id) => post(`${at}/${id}/artifacts/keep`),
      deleteArtifacts: async (id) => void (await ask(`${at}/${id}/artifacts`, '--request', 'DELETE')),
      downloadById: async (id) => ask(`${at}/${id}/artifacts`),
      downloadByRef: async (ref, job) =>
        ask(`${at}/artifacts/${encodeURIComponent(ref)}/download`, '--get', '--data-urlencode', `job=${job}`),
      async startPipeline(ref) {
        const answer = await ask(`${base}/pipeline`, '--request', 'POST', '--data-urlencode', `ref=${ref}`)
        return (JSON.parse(answer.toString()) as {readonly id: number}).id
      },
      cancelPipeline: async (id) => post(`${base}/pipelines/${id}/cancel`),
      retryPipeline: async (id) => post(`${base}/pipelines/${id}/retry`),
      deletePipeline: async (id) => void (await ask(`${base}/pipelines/${id}`, '--request', 'DELETE')),
    }
  },
}

function isThere(): boolean {
  try {
    execFileSync('curl', ['--version'], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}

import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {clients, missingClient, runProgram} from '../support/clients.ts'
import type {Judge, SeenJob} from './judge.ts'
import {project} from './judge.ts'

const entry = 'gitbeaker/node_modules/@gitbeaker/rest/dist/index.mjs'

/** @gitbeaker/rest, the library of npm, in a process of its own. */
export const gitbeaker: Judge = {
  name: '@gitbeaker/rest',
  missing: missingClient(entry),
  async at(sandbox) {
    const run = async (call: string, ...args: readonly unknown[]): Promise<Buffer> => {
      const url = pathToFileURL(path.join(clients, entry)).href
      const given = [url, sandbox.url, project.token, JSON.stringify(args)]
      const {code, stdout, stderr} = await runProgram(process.execPath, [
        '--input-type=module',
        '--eval',
        program(call),
        '--',
        ...given,
      ])
      if (code !== 0) throw new Error(`gitbeaker ended with ${code}: ${stderr}`)
      return stdout
    }
    const json = async (call: string, ...args: readonly unknown[]): Promise<unknown> =>
      JSON.parse((await run(call, ...args)).toString())
    const {id: pid} = project
    return {
      list: async () => (await json('Jobs.all', pid, {perPage: 20})) as SeenJob[],
      page: async (page, perPage) => (await json('Jobs.all', pid, {page, perPage, maxPages: 1})) as SeenJob[],
      get: async (id) => (await json('Jobs.show', pid, id)) as SeenJob,
      trace: async (id) => (await json('Jobs.showLog', pid, id)) as string,
      async play(id, variables) {
        const jobVariablesAttributes = Object.entries(variables).map(([key, value]) => ({key, value}))
        await run('Jobs.play', pid, id, {jobVariablesAttributes})
      },
      retry: async (id) => void (await run('Jobs.retry', pid, id)),
      cancel: async (id) => void (await run('Jobs.cancel', pid, id)),
      erase: async (id) => void (await run('Jobs.erase', pid, id)),
      keep: async (id) => void (await run('JobArtifacts.keep', pid, id)),
      deleteArtifacts: async (id) => void (await run('JobArtifacts.remove', pid, {jobId: id})),
      downloadById: async (id) => run('JobArtifacts.downloadArchive', pid, {jobId: id}),
      downloadByRef: async (ref, job) => run('JobArtifacts.downloadArchive', pid, {ref, job}),
      startPipeline: async (ref) => ((await json('Pipelines.create', pid, ref)) as {readonly id: number}).id,
      cancelPipeline: async (id) => void (await run('Pipelines.cancel', pid, id)),
      retryPipeline: async (id) => void (await run('Pipelines.retry', pid, id)),
      deletePipeline: async (id) => void (await run('Pipelines.remove', pid, id)),
    }
  },
}

/** Prints the answer of one call: a Blob as its bytes, anything else as JSON. */
function program(call: string): string {
  return `
const [url, host, token, args] = process.argv.slice(1)
const {Gitlab} = await import(url)
const client = new Gitlab({host, token})
const answer = await client.${call}(...JSON.parse(args))
if (answer instanceof Blob) process.stdout.write(Buffer.from(await answer.arrayBuffer()))
else console.log(JSON.stringify(answer ?? null))`
}

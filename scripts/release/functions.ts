import {readFile, readdir} from 'node:fs/promises'
import path from 'node:path'
import type {PackEntry} from '../../src/artifacts/pack/repack.ts'

/** How a func.yml in a checkout finds its program, which is committed once, in dist/. */
const inCheckout = '${{ func_dir }}/../../dist/'

/** Every command as a folder that works alone, wherever it lies: its func.yml and its program beside it. */
export async function functionFiles(root: string): Promise<readonly PackEntry[]> {
  const folders = await readdir(path.join(root, 'actions'), {withFileTypes: true})
  const names = folders.filter((entry) => entry.isDirectory() && entry.name !== 'jobside').map(({name}) => name)
  return (await Promise.all(names.sort().map((name) => filesOf(root, name)))).flat()
}

async function filesOf(root: string, name: string): Promise<readonly PackEntry[]> {
  const manifest = await readFile(path.join(root, 'actions', name, 'func.yml'), 'utf8')
  if (!manifest.includes(inCheckout)) throw new Error(`actions/${name}/func.yml does not run what is in dist/`)
  const program = await readFile(path.join(root, 'dist', `${name}.mjs`))
  return [
    {
      path: `${name}/func.yml`,
      type: 'file',
      mode: 0o644,
      content: Buffer.from(manifest.replace(inCheckout, '${{ func_dir }}/')),
    },
    {path: `${name}/${name}.mjs`, type: 'file', mode: 0o755, content: program},
  ]
}

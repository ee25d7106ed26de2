import {access} from 'node:fs/promises'
import path from 'node:path'
import {format} from 'prettier'

/** The JSON schema of the sandbox's world files, for editors. Empty where this checkout has no sandbox. */
export async function worldSchema(root: string): Promise<readonly (readonly [string, string])[]> {
  const module = path.join(root, 'build/src/sandbox/world/world-schema.js')
  if (
    !(await access(module).then(
      () => true,
      () => false,
    ))
  )
    return []
  const found = (await import(module)) as {readonly worldSchema?: unknown}
  if (typeof found.worldSchema !== 'object')
    throw new Error('src/sandbox/world/world-schema.ts exports no worldSchema.')
  const options = {parser: 'json', printWidth: 120, bracketSpacing: false}
  return [['world.schema.json', await format(JSON.stringify(found.worldSchema), options)]]
}

import {access} from 'node:fs/promises'
import path from 'node:path'
import {format} from 'prettier'

/** JSON Schemas of files that people write, for editors: by their names, the modules and the values that they are made from. */
const schemas = [
  ['world.schema.json', 'src/sandbox/world/world-schema', 'worldSchema'],
  ['sources.schema.json', 'src/command/sources', 'sourcesSchema'],
] as const

/** The schemas as files. One whose module this checkout has not is left out. */
export async function fileSchemas(root: string): Promise<readonly (readonly [string, string])[]> {
  const found = schemas.map(async ([name, source, value]): Promise<readonly (readonly [string, string])[]> => {
    const module = path.join(root, 'build', `${source}.js`)
    if (!(await exists(module))) return []
    const schema = ((await import(module)) as Readonly<Record<string, unknown>>)[value]
    if (typeof schema !== 'object') throw new Error(`${source}.ts exports no ${value}.`)
    const options = {parser: 'json', printWidth: 120, bracketSpacing: false}
    return [[name, await format(JSON.stringify(schema), options)]]
  })
  return (await Promise.all(found)).flat()
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/**
 * Writes everything that is made from the definitions: `node build/scripts/generate.js [--check]`, after `tsc -p tsconfig.build.json`.
 * With --check nothing is written: each file that differs is named, and the exit code is 1.
 */
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {definedActions, generatedFiles, strayFiles} from './generate/files.ts'
import {fileSchemas} from './generate/file-schemas.ts'
import {pagesTable} from './generate/pages.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const isCheck = process.argv.includes('--check')
const actions = await definedActions(root)

const {files, problems} = await generatedFiles(root, actions)
const found = [...problems, ...(await strayFiles(root, actions))]
for (const [file, text] of [...files, ...pagesTable(), ...(await fileSchemas(root))]) {
  const target = path.join(root, file)
  if ((await readFile(target, 'utf8').catch(() => undefined)) === text) continue
  if (isCheck) found.push(`${file} differs from the definitions: run "npm run generate"`)
  else {
    await mkdir(path.dirname(target), {recursive: true})
    await writeFile(target, text)
    console.log(`wrote ${file}`)
  }
}
for (const problem of found) console.error(problem)
if (found.length > 0) process.exitCode = 1

import {createReadStream, lstatSync, openSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {createBlockWriter} from '../../src/artifacts/publish/disk.ts'
import {packPieces, type PackSource} from '../../src/artifacts/pack/repack.ts'

/** Packs a folder as the archive input does: names in order, one entry at a time. Run: pack.js FOLDER FILE */
const [folder = '.', file = 'packed.zip'] = process.argv.slice(2)

function* sources(path = ''): Generator<PackSource> {
  for (const name of readdirSync(join(folder, path)).sort()) {
    const inner = path === '' ? name : `${path}/${name}`
    const stat = lstatSync(join(folder, inner))
    if (stat.isDirectory()) yield* sources(inner)
    else {
      const content = stat.size > 2 ** 22 ? createReadStream(join(folder, inner)) : readFileSync(join(folder, inner))
      yield {path: inner, type: 'file', mode: 0o644, content}
    }
  }
}

const blocks = createBlockWriter(openSync(file, 'w'), file)
for await (const piece of packPieces(sources())) blocks.write(piece)
blocks.end()

import {readFileSync} from 'node:fs'
import {join} from 'node:path'

/** An archive that the tests of another zip tool use, byte for byte, with what we are to make of it. */
export interface PublicArchive {
  readonly name: string
  readonly verdict: 'accepted' | 'refused'
  readonly bytes: Buffer
}

/** Where each file of archives comes from, and under which licence; the licence's text lies beside it. */
const origins = [
  {file: 'go.txt', from: 'archive/zip of Go 1.26.8', licence: 'BSD-3-Clause'},
  {file: 'cpython.txt', from: 'Lib/test of CPython 3.13.0', licence: 'PSF-2.0'},
] as const

/** The archives of all origins: a line each of name, verdict and bytes in base64. Lines that begin with # are about the file. */
export const publicArchives: readonly PublicArchive[] = origins.flatMap(({file}) =>
  readFileSync(join(import.meta.dirname, 'public-archives', file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', verdict, base64 = ''] = line.split('\t')
      return {
        name: `${file.replace('.txt', '')}: ${name}`,
        verdict: verdict === 'accepted' ? 'accepted' : 'refused',
        bytes: Buffer.from(base64, 'base64'),
      }
    }),
)

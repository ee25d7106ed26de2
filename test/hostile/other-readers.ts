import {spawnSync} from 'node:child_process'
import {lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import unzipper from 'unzipper'

/** Paths and contents; a folder ends in "/" and has none, a link has its target. */
export type ReadTree = Readonly<Record<string, string>>

/** Another reader of zips, to compare with. */
export interface Reader {
  readonly name: string
  /** Why it cannot be asked here. */
  readonly missing: string | undefined
  /** Unpacks each archive of a folder into a folder of its name, and makes NAME.ok where it calls that a success. */
  readonly unpack: (zips: string, out: string) => Promise<void> | void
}

/**
 * What lies in a folder that a reader has made. Some readers write a link as a file with its target, which is the same here; names that are
 * no UTF-8 show as such.
 */
export function treeAt(root: string): ReadTree {
  const found: Record<string, string> = {}
  const walk = (folder: Buffer, shown: string): void => {
    for (const name of readdirSync(folder, {encoding: 'buffer'})) {
      const path = Buffer.concat([folder, Buffer.from('/'), name])
      const stat = lstatSync(path)
      const next = `${shown}${name.toString()}`
      if (stat.isDirectory()) {
        found[`${next}/`] = ''
        walk(path, `${next}/`)
      } else found[next] = stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'latin1')
    }
  }
  walk(Buffer.from(root), '')
  return found
}

const lacks = (command: string): string | undefined =>
  spawnSync('sh', ['-c', `command -v ${command}`]).status === 0 ? undefined : `${command} is not installed`

const python = `
import os, sys, zipfile
zips, out = sys.argv[1], sys.argv[2]
for name in os.listdir(zips):
    try:
        os.makedirs(os.path.join(out, name))
        zipfile.ZipFile(os.path.join(zips, name)).extractall(os.path.join(out, name))
        open(os.path.join(out, name + '.ok'), 'w').close()
    except Exception as error:
        print(name, error)
`

const go = `package main

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	found, _ := os.ReadDir(os.Args[1])
	for _, one := range found {
		out := filepath.Join(os.Args[2], one.Name())
		os.MkdirAll(out, 0o755)
		if unpack(filepath.Join(os.Args[1], one.Name()), out) == nil {
			os.WriteFile(out+".ok", nil, 0o644)
		}
	}
}

func unpack(archive, out string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	for _, entry := range reader.File {
		if !filepath.IsLocal(entry.Name) {
			return zip.ErrInsecurePath
		}
		path := filepath.Join(out, entry.Name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if strings.HasSuffix(entry.Name, "/") {
			os.MkdirAll(path, 0o755)
			continue
		}
		body, err := entry.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
`

/** Only what it reads out of memory: its streaming half loses files. It checks no checksum, so nothing follows from what it accepts alone. */
async function unpackByUnzipper(zips: string, out: string): Promise<void> {
  for (const name of readdirSync(zips)) {
    try {
      const directory = await unzipper.Open.buffer(readFileSync(join(zips, name)))
      const contents: (readonly [path: string, content: Buffer | undefined])[] = []
      for (const entry of directory.files) {
        if (entry.path.split('/').includes('..') || entry.path.startsWith('/')) throw new Error('climbs')
        contents.push([entry.path, entry.type === 'Directory' ? undefined : await entry.buffer()])
      }
      for (const [path, content] of contents) {
        const place = join(out, name, path)
        mkdirSync(content === undefined ? place : dirname(place), {recursive: true})
        if (content !== undefined) writeFileSync(place, content)
      }
      mkdirSync(join(out, name), {recursive: true})
      writeFileSync(join(out, `${name}.ok`), '')
    } catch {
      // Not read: there is nothing to compare.
    }
  }
}

export const readers: readonly Reader[] = [
  {
    name: "Python's zipfile",
    missing: lacks('python3'),
    unpack: (zips, out) => void spawnSync('python3', ['-c', python, zips, out]),
  },
  {
    name: "Info-ZIP's unzip",
    missing: lacks('unzip'),
    unpack(zips, out) {
      for (const name of readdirSync(zips)) {
        const env = {PATH: process.env['PATH'], LC_ALL: 'C.UTF-8'}
        mkdirSync(join(out, name))
        const {status} = spawnSync('unzip', ['-qq', '-o', join(zips, name), '-d', join(out, name)], {input: '', env})
        // 1 is a success with warnings.
        if (status === 0 || status === 1) writeFileSync(join(out, `${name}.ok`), '')
      }
    },
  },
  {
    name: "Go's archive/zip",
    missing:
      lacks('go') ?? (process.env['JOBSIDE_LONG'] === '1' ? undefined : 'compiling it takes long: set JOBSIDE_LONG=1'),
    unpack(zips, out) {
      const file = join(out, 'unpack.go')
      writeFileSync(file, go)
      const {status, stderr} = spawnSync('go', ['run', file, zips, out])
      if (status !== 0) throw new Error(`go run: ${stderr.toString()}`)
    },
  },
  {name: 'unzipper', missing: undefined, unpack: unpackByUnzipper},
]

/**
 * The archives that a reader takes for good and reads otherwise than we do, and how many it reads as we do. `ours` has our tree for each archive
 * by its place, after which it is named in `zips`, or the reason of our refusal.
 */
export async function compare(
  reader: Reader,
  {zips, out, ours}: {readonly zips: string; readonly out: string; readonly ours: readonly (ReadTree | string)[]},
): Promise<{readonly agreed: number; readonly differing: readonly number[]}> {
  await reader.unpack(zips, out)
  const good = new Set(readdirSync(out).filter((name) => name.endsWith('.ok')))
  const both = ours.flatMap((tree, index) =>
    typeof tree === 'string' || !good.has(`${index}.zip.ok`) ? [] : [{tree, index}],
  )
  const differing = both.flatMap(({tree, index}) =>
    isDeepStrictEqual(tree, treeAt(join(out, `${index}.zip`))) ? [] : [index],
  )
  return {agreed: both.length - differing.length, differing}
}

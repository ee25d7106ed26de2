/** What bundles carry no copy of, and what they load only when it is used. */
import {access} from 'node:fs/promises'
import {createRequire, isBuiltin} from 'node:module'
import path from 'node:path'

const nothing = 'left-out'

/**
 * Parts of packages that no command reaches, by the name they are required by: each stands for an empty object, as what it gives by default. Who reached one after all would
 * get a TypeError.
 */
const leftOut: Readonly<Record<string, {readonly file: string; readonly why: string}>> = {
  '../llhttp/llhttp_simd-wasm.js': {
    file: 'undici/lib/llhttp/llhttp_simd-wasm.js',
    why: 'the same parser again, with SIMD instructions: undici takes the plain one if this does not compile, and beside a network the two are equal',
  },
  '../web/fetch/body.js': {
    file: 'undici/lib/web/fetch/body.js',
    why: 'for a request whose body is a form of fetch; ours are texts',
  },
  './client-h2.js': {
    file: 'undici/lib/dispatcher/client-h2.js',
    why: 'for a connection that has agreed on HTTP/2, which ours offer to nobody',
  },
  './summary.js': {
    file: '@actions/core/lib/summary.js',
    why: 'a summary is written as text, within the bytes that GitHub takes of a step',
  },
  './oidc-utils.js': {file: '@actions/core/lib/oidc-utils.js', why: 'for tokens of GitHub, which no command asks for'},
  './platform.js': {file: '@actions/core/lib/platform.js', why: 'about the machine, which no command asks for'},
  'readdir-glob': {file: 'readdir-glob', why: "archiver's search for files by patterns"},
  lazystream: {file: 'lazystream', why: 'for files that archiver opens by itself; it is given their content'},
  'tar-stream': {file: 'tar-stream', why: 'archiver writes zip alone here'},
}

/** For ncc: what is required by these names comes from elsewhere. */
export const stands: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(leftOut).map((name) => [name, nothing])),
  // A copy of Node's own streams for other places to run; archiver asks for it.
  'readable-stream': 'node:stream',
}

/** Throws if a part that is left out is no longer where its package had it, and would come back by another name. */
export async function checkLeftOut(root: string): Promise<void> {
  for (const {file} of Object.values(leftOut)) await access(path.join(root, 'node_modules', file))
}

/** Puts the empty object where the bundler would require what is left out. */
export function withoutLeftOut(code: string): string {
  return code
    .replace(new RegExp(`\\b\\w+\\(import\\.meta\\.url\\)\\("${nothing}"\\)`, 'g'), '{}')
    .replace(new RegExp(`\\bimport\\*as (\\w+) from"${nothing}";`, 'g'), 'const $1={default:{}};')
}

/** Modules that Node itself has loaded before the first line of ours, in every version. */
const there = new Set(['async_hooks', 'buffer', 'fs', 'module', 'path', 'process', 'timers', 'url', 'util'])

/**
 * The bundle with every module of Node's that starting Node does not load anyway replaced by what loads it when a member is first asked for: TLS, HTTP,
 * compression and threads cost a start 20 ms, and `--help` or a wrong input needs none of them.
 */
export function loadedLate(code: string): string {
  const required = /(?<![\w$.])(\w+)\(import\.meta\.url\)\("([\w:/]+)"\)/g
  const maker = /(?:^|;)import\{createRequire as (\w+)\}from"module";/m.exec(code)?.[1]
  if (maker === undefined) throw new Error('the bundler requires what Node has in another way than it did')
  const late = code
    .replace(/\bimport\*as (\w+) from"(node:\w+)";/g, (_, name: string, module: string) => {
      return `const ${name}=${lateName}(()=>${maker}(import.meta.url)("${module}"));`
    })
    .replace(required, (text, _, name: string) => (isLate(name) ? `${lateName}(()=>${text})` : text))
  return `${late.trimEnd()}\n${lateCode}\n`
}

function isLate(name: string): boolean {
  if (!isBuiltin(name) || there.has(name.replace(/^node:/, ''))) return false
  // What is itself called, such as node:assert, has no member to wait for.
  return typeof createRequire(import.meta.url)(name) === 'object'
}

const lateName = 'loadedLate'

const lateCode = `function ${lateName}(load){let loaded;const it=()=>loaded??=load();return new Proxy({},{get:(_,key)=>key==="__esModule"?undefined:it()[key],has:(_,key)=>key in it(),ownKeys:()=>Reflect.ownKeys(it()),getOwnPropertyDescriptor(_,key){const found=Reflect.getOwnPropertyDescriptor(it(),key);return found&&{...found,configurable:true}}})}`

/**
 * The bundle with a function around each module in place of an arrow. V8 only skims a function until it is called; of an arrow in a file of ESM it builds the
 * whole tree, and once more for the call.
 */
export function skimmed(code: string): string {
  const wrapper = /(?<=[{,])(\d+):(?:\(([\w$,]*)\)|([\w$]+))=>\{/g
  if (code.search(wrapper) < 0) throw new Error('the bundler wraps modules in another way than it did')
  return code.replace(wrapper, (_, id: string, several: string | undefined, one: string | undefined) => {
    return `${id}:function(${several ?? one ?? ''}){`
  })
}

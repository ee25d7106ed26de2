/**
 * The first lines of every bundle: a clear word where Node is too old, instead of whatever would break first. They come before any
 * of the bundle's modules, which it loads by createRequire, and hold nothing newer than ES2015.
 */
export const prologue = `#!/usr/bin/env node
{const v=process.versions.node,[a,b,c]=v.split('.').map(Number);if(a<20||a===20&&(b<18||b===18&&c<1)){console.error('jobside needs Node 20.18.1 or newer; this is '+v+'. Use an image such as node:24-alpine.');process.exit(64)}}
`

/** A bundle that begins with the prologue and that an old Node can read far enough to reach it. */
export function withPrologue(code: string): string {
  const body = code.replace(/^#!.*\n/, '')
  // A regular expression literal with an unknown flag is a syntax error of the whole file; made at run time it is none.
  const readable = body.replace(
    /(?<=[=(,:])\/([^/\n]*\\p\{[^/\n]*)\/v(?=[;,).])/g,
    (_, pattern: string) => `new RegExp(${JSON.stringify(pattern)},"v")`,
  )
  return prologue + readable
}

/**
 * The first lines of every bundle. A bundle reaches for its modules by createRequire, after these lines have run, so an old Node gets
 * a clear word instead of a syntax error. They must parse on Node 12: no imports, nothing newer than ES2019.
 */
export const prologue = `#!/usr/bin/env node
{const v=process.versions.node,[a,b,c]=v.split('.').map(Number);if(a<20||a===20&&(b<18||b===18&&c<1)){console.error('jobside needs Node 20.18.1 or newer; this is '+v+'. Use an image such as node:24-alpine.');process.exit(64)}}
`

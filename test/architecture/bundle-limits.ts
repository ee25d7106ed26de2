import {isBuiltin} from 'node:module'

/** What no command does, and by which words its bundle would say so. Minifiers keep the names of modules, globals and properties. */
const banned: readonly (readonly [deed: string, words: RegExp])[] = [
  ['starts a process', /\bchild_process\b|["'`](?:node:)?cluster["'`]|\bprocess_wrap\b|\bspawn_sync\b|\.execve\b/],
  [
    'evaluates text',
    /\beval\b|\bFunction\s*\(|\bFunction\b["'`\s]*\]|\.constructor\s*\(\s*["'`]|["'`](?:node:)?(?:vm|repl|inspector)(?:\/promises)?["'`]/,
  ],
  [
    'listens',
    /\bcreate(?:Secure)?Server\b|\.(?:Server|SecureServer)\s*\(|\.listen\b|["'`]listen["'`]|["'`](?:node:)?dgram["'`]/,
  ],
  [
    'loads code at run time',
    /\bimport\s*\(|\bbinding\b|\bdlopen\b|\b_load\b|\bmainModule\b|\bgetBuiltinModule\b(?!\((["'`])(?:node:)?[\w/]+\1\))|\bprocess\s*\[|\bregisterHooks\b/,
  ],
]

/** Each way in which this bundle breaks its limits, with the place. */
export function offences(code: string): readonly string[] {
  const plain = plainSpelling(code)
  const said = banned.flatMap(([deed, words]) => {
    const match = words.exec(plain)
    return match ? [`${deed}: …${plain.slice(Math.max(0, match.index - 60), match.index + 60)}…`] : []
  })
  return [...said, ...strangeRequires(plain)]
}

/** Without comments inside of calls, with escapes undone and neighbouring texts joined: `"child_" + "\x70rocess"` is what it means. */
function plainSpelling(code: string): string {
  return code
    .replace(/\\x([2-7][\da-f])|\\u00([2-7][\da-f])|\\u\{0*([2-7][\da-f])\}/gi, (_, ...codes: (string | undefined)[]) =>
      String.fromCharCode(parseInt(codes.slice(0, 3).find((one) => one !== undefined) ?? '', 16)).replace(
        /["'`\\]/,
        '_',
      ),
    )
    .replace(/\b(import|Function|eval)\s*\/\*[^]*?\*\/\s*\(/g, '$1(')
    .replace(/(?<!\\)(["'`])\s*\+\s*\1/g, '')
}

/** Everything required must be one of Node's own modules, named on the spot. */
function strangeRequires(code: string): readonly string[] {
  const makers = [...code.matchAll(/\bcreateRequire(?: as (\w+))?\b/g)]
  const names = new Set(makers.map(([, alias]) => alias ?? 'createRequire'))
  const named = [
    ...code.matchAll(/(?:\(import\.meta\.url\)|\bgetBuiltinModule)\((["'`])([^"'`]+)\1\)|\bfrom ?"([^"]+)";/g),
  ].map(([, , required, imported]) => required ?? imported ?? '')
  const kept = [...names].flatMap((name) =>
    [...code.matchAll(new RegExp(`(?<![\\w$.])${name}\\(import\\.meta\\.url\\)(?!\\(["'\`])`, 'g'))].map(
      ([text]) => `keeps a require: ${text}`,
    ),
  )
  return [...named.filter((name) => !isBuiltin(name)).map((name) => `requires ${name}`), ...kept]
}

/** The API of the library as Markdown, out of the docstrings of its sources. Throws for an exported name without a sentence. */
export function libraryApi({
  functions,
  types,
}: {
  readonly functions: string
  readonly types: readonly string[]
}): string {
  const calls = declarations(functions).map(
    ({name, about, head}) => `### ${name}\n\n\`\`\`text\n${signature(head)}\n\`\`\`\n\n${about}\n`,
  )
  const kinds = types.flatMap(declarations).map(typeSection)
  return [...calls, ...kinds].join('\n')
}

interface Declaration {
  readonly kind: string
  readonly name: string
  readonly about: string
  /** Its first line. */
  readonly head: string
  readonly body: string
}

/** Exported interfaces, types, classes and functions, in their order. */
function declarations(source: string): readonly Declaration[] {
  const found = source.matchAll(
    /(?:^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^export (?:async )?((interface|type|class|function) (\w+)[^\n]*)\n([\s\S]*?)(?=^\S|(?![\s\S]))/gm,
  )
  return [...found].map(([, comment = '', head = '', kind = '', name = '', body = '']) => {
    if (comment === '') throw new Error(`${name} of the library has no sentence about it`)
    return {kind, name, about: prose(comment), head, body}
  })
}

function prose(comment: string): string {
  return comment
    .replace(/\n \* ?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** `async function waitForJobs(…): Promise<WaitResult> {` without what is no type. */
function signature(head: string): string {
  return head.replace(/^function /, '').replace(/ \{$/, '')
}

function typeSection({kind, name, about, head, body}: Declaration): string {
  const title = `### ${name}\n\n${about}\n`
  if (kind === 'type') return `${title}\n\`\`\`text\n${`${head}\n${body}`.replace(/^type /, '').trim()}\n\`\`\`\n`
  const parents = /extends ([^{]+) \{/.exec(head)?.[1]?.split(', ') ?? []
  const also = parents.filter((parent) => parent !== 'Error')
  const inherited =
    also.length === 0
      ? ''
      : `\nAlso those of ${also.map((parent) => `[${parent}](#${parent.toLowerCase()})`).join(' and ')}.\n`
  return `${title}${inherited}\n| Name | Type | Meaning |\n|---|---|---|\n${members(body).join('\n')}\n`
}

function members(body: string): readonly string[] {
  const found = body.matchAll(
    /(?:^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}(?:override )?(?:readonly )?(\w+)(\??)(?:: ([^\n]+)|(\(\): [^\n]+))$/gm,
  )
  return [...found].map(([, comment = '', name, optional, type = '', method = '']) => {
    const plain = optional === '' ? type : type.replace(/ \| undefined$/, '')
    const text = (method === '' ? plain : method).replaceAll('|', String.raw`\|`)
    return `| \`${name}${method === '' ? optional : ''}\` | \`${text}\` | ${prose(comment).replaceAll('|', String.raw`\|`)} |`
  })
}

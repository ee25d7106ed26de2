import {stringify} from 'yaml'

/** YAML documents with a comment on top that says where they come from. */
export function yamlFile(source: string, ...documents: readonly unknown[]): string {
  const texts = documents.map((document) => stringify(document, {lineWidth: 0, singleQuote: true}))
  // GitLab puts the value in before it reads the YAML: without quotes, a value with ": " in it would become a key.
  const quoted = texts.join('---\n').replace(/(^|: |- )(\$\[\[ [^\]]+ \]\])(?=:?$)/gm, '$1"$2"')
  return `# Written by scripts/generate.ts from ${source}.\n${quoted}`
}

/** An object without its undefined members. */
export function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>
}

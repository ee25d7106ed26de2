import {parseDocument} from 'yaml'

/** What YAML says. Throws an Error with a line for each problem. */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, {prettyErrors: true})
  if (document.errors.length > 0) throw new Error(document.errors.map(({message}) => firstLine(message)).join('\n'))
  return document.toJS()
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/:$/, '')
}

import {spell} from '../base/names.ts'
import type {HostKind, Surroundings} from './host.ts'

/**
 * Messages name inputs as flags. Whoever wrote no flag reads them as they stand in a manifest: `ref:` on GitHub and in a component, `ref=` in
 * the `with` of GitHub's action for all commands, `job_id:` in a GitLab Function.
 */
export function inputSpelling(
  kind: HostKind,
  {argv, env}: Pick<Surroundings, 'argv' | 'env'>,
): (text: string) => string {
  const style = styleOf(kind, {argv, env})
  if (style === undefined) return (text) => text
  return (text) => {
    const spelt = text.replace(
      /(?<![\w-])--(?!(?:help|version)\b)([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(=?)/g,
      (_, name: string, equals) => style(name) + (equals === '' || style('').endsWith('=') ? '' : ' '),
    )
    return style('') === '=' ? spelt.replace(beforeValue, '$1') : spelt
  }
}

/** The blank between `name=` and its value: any word but those with which a sentence goes on. */
const beforeValue =
  /(?<=(?:^|[^\w-]))([a-z][a-z0-9-]*=) (?=[\w"/$])(?!(?:a|accepts?|allows?|alone|and|are|as|beside|brings?|but|by|can|chooses?|counts?|does|each|excludes?|fits?|for|from|has|holds?|if|in|instead|is|it|its|keeps?|leads?|looks?|may|means?|names?|needs?|of|on|or|out|says?|so|takes?|than|that|the|they|those|to|too|where|which|while|with|without|works?)(?![\w/.=-]))/g

function styleOf(
  kind: HostKind,
  {argv, env}: Pick<Surroundings, 'argv' | 'env'>,
): ((name: string) => string) | undefined {
  const hasInputs = Object.keys(env).some((name) => name.startsWith('INPUT_'))
  if (kind === 'gitlab-function') return (name) => `${name.replaceAll('-', '_')}:`
  if (!hasInputs) return undefined
  if (kind === 'github' && env[spell.shellVariable('action')] !== undefined) return (name) => `${name}=`
  if (argv.length > 0) return undefined
  if (kind === 'github') return (name) => `${name}:`
  return env['JOBSIDE_SOURCE'] === undefined ? undefined : (name) => `${spell.component(name)}:`
}

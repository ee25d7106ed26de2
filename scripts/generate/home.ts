import {isPlaceholder} from '../release/problems.ts'

/** What package.json says of the project: its version, and where it lives on GitLab. */
export interface Home {
  readonly version: string
  /** Full path of the project; empty where package.json names no real place, or one that is not on a GitLab. */
  readonly project: string
  /** The same as a page shows it: where there is no real place, a group that readers replace by their own. */
  readonly shown: string
  /** Where it is cloned from. */
  readonly clone: string
}

export function homeOf(manifest: string): Home {
  const {version, repository} = JSON.parse(manifest) as {version: string; repository: {url: string}}
  const clone = repository.url.replace(/^git\+/, '')
  const {hostname, pathname} = new URL(clone)
  const isElsewhere = isPlaceholder(repository.url) || hostname === 'github.com'
  const shown = pathname.slice(1).replace(/\.git$/, '')
  return {version, project: isElsewhere ? '' : shown, shown, clone}
}

/** A page with the project's path and version wherever a clone, a component, an image, a file of a tag or an attestation is spoken of. */
export function withHome(text: string, {version, shown, clone}: Home): string {
  return text
    .replace(/(\$CI_SERVER_FQDN\/)[\w./-]+?(\/[a-z-]+@)v?\d+\.\d+\.\d+/g, `$1${shown}$2v${version}`)
    .replace(/(\bref=v|\/jobside:|--branch v)\d+\.\d+\.\d+/g, `$1${version}`)
    .replace(/^(git clone .*?)https:\S+/gm, `$1${clone}`)
    .replace(/(gh attestation verify .* --repo )\S+/g, `$1${shown}`)
}

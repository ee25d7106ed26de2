/** A changelog after Keep a Changelog (https://keepachangelog.com): what has come since the last release stands under "Unreleased". */
const unreleased = /^## Unreleased\n/m

/** What stands under a heading, or undefined if there is no such heading. */
export function entryOf(changelog: string, heading: string): string | undefined {
  const parts = changelog.split(/^## /m).slice(1)
  const found = parts.find((part) => part.split('\n')[0]?.split(' ')[0] === heading)
  return found === undefined ? undefined : found.slice(found.indexOf('\n') + 1).trim()
}

/** The changelog with what was unreleased under the version and its day, in UTC. */
export function dated(changelog: string, version: string, date: Date): string {
  return changelog.replace(unreleased, () => `## Unreleased\n\n## ${version} - ${date.toISOString().slice(0, 10)}\n`)
}

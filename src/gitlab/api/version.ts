/** True if a GitLab version such as `18.4.1-ee` is `floor` (`18.0`) or newer. A version that cannot be read counts as newer. */
export function atLeast(version: string, floor: string): boolean {
  const [major, minor] = parts(version)
  const [floorMajor, floorMinor] = parts(floor)
  if (major === undefined || floorMajor === undefined) return true
  return major > floorMajor || (major === floorMajor && (minor ?? 0) >= (floorMinor ?? 0))
}

function parts(version: string): readonly [number?, number?] {
  const match = /^(\d{1,4})(?:\.(\d{1,4}))?/.exec(version)
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : []
}

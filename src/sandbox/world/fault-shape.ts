const selectors = ['on', 'after', 'times']

/** A rule that does two things, or nothing, is a mistake. */
export function faultShapeProblems(rules: readonly object[], place: string): readonly string[] {
  return rules.flatMap((rule, index) => {
    const shapes = Object.keys(rule).filter((key) => !selectors.includes(key))
    if (shapes.length === 1) return []
    return [
      `${place}/${index}: a rule does exactly one thing, this one ${shapes.length === 0 ? 'none' : shapes.join(' and ')}`,
    ]
  })
}

const region = /(<!-- generated:([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g

/** Text with what stands between `<!-- generated:NAME -->` and `<!-- /generated -->` replaced. An unknown name is an error. */
export function fillMarks(text: string, contents: Readonly<Record<string, string>>): string {
  return text.replace(region, (_, open: string, name: string, close: string) => {
    const content = contents[name]
    if (content === undefined) throw new Error(`Nothing is generated for <!-- generated:${name} -->.`)
    return `${open}${content.trimEnd()}\n${close}`
  })
}

/** The names of those contents that the text has no place for. */
export function missingMarks(text: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `<!-- generated:${name} -->`).filter((mark) => !text.includes(mark))
}

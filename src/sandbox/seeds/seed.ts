/** A world that comes with the sandbox: YAML text, the comment on top saying what it shows. */
export interface Seed {
  readonly name: string
  /** One line for the list. */
  readonly shows: string
  readonly yaml: string
}

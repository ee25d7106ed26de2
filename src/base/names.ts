/** Inputs that a component has beside those of its command: the job's own. */
const ofJob = new Set(['as', 'stage', 'image', 'git-strategy', 'source', 'source-project', 'source-ref', 'source-path'])

/** Respells a camelCase name for one surface. The only place that does so. */
export const spell = {
  /** Flags, GitHub's inputs and outputs: `job-id`. */
  kebab: (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  /**
   * Component inputs: as flags, but what is called like one of the job's own gets a word in front. GitLab reads YAML 1.1, where a key `yes` is a
   * truth value and no name.
   */
  component: (name: string): string => {
    const kebab = spell.kebab(name)
    if (kebab === 'yes') return 'confirm'
    return ofJob.has(kebab) ? `select-${kebab}` : kebab
  },
  /** GitLab Functions and JSON, as in GitLab's own answers: `job_id`. */
  snake: (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  /** dotenv keys: `JOB_ID`. */
  upper: (name: string): string => spell.snake(name).toUpperCase(),
  /** What GitHub sets for an input: `INPUT_JOB-ID`. No shell can export it. */
  githubVariable: (name: string): string => `INPUT_${spell.kebab(name).toUpperCase()}`,
  /** What any shell can export for an input: `INPUT_JOB_ID`. */
  shellVariable: (name: string): string => `INPUT_${spell.upper(name)}`,
} as const

/** Respells a camelCase name for one surface. The only place that does so. */
export const spell = {
  /** Flags, GitHub's inputs and outputs, component inputs: `job-id`. */
  kebab: (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  /** GitLab Functions and JSON, as in GitLab's own answers: `job_id`. */
  snake: (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  /** dotenv keys: `JOB_ID`. */
  upper: (name: string): string => spell.snake(name).toUpperCase(),
  /** What GitHub sets for an input: `INPUT_JOB-ID`. No shell can export it. */
  githubVariable: (name: string): string => `INPUT_${spell.kebab(name).toUpperCase()}`,
  /** What any shell can export for an input: `INPUT_JOB_ID`. */
  shellVariable: (name: string): string => `INPUT_${spell.upper(name)}`,
} as const

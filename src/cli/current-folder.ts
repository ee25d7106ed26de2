import {ActionError} from '../base/errors.ts'

/** The failure of whoever runs in a folder that was deleted. */
export const folderGone = new ActionError('cannotWrite', 'The current folder is not there any more.', {
  hint: 'Change into a folder that exists: another process has deleted or moved this one. Nothing was done.',
})

/** Undefined if it was deleted. */
export function currentFolder(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

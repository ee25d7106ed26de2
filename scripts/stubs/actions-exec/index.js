// @actions/core asks the operating system's name through child processes. No command needs that,
// and no bundle may start a process, so this stands in for it.
export const getExecOutput = () => {
  throw new Error('child processes are not part of jobside')
}

/**
 * The program of an unpacking thread, which the build puts here: a bundle carries it as text, so that a thread loads that and not the whole
 * bundle. Undefined in a compiled tree, where the program is a file.
 */
export const workerSource: string | undefined = undefined

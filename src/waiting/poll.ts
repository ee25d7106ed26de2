import waitFor from 'p-wait-for'

/**
 * Looks again and again until a look gives something. Pauses, deadline and abort are the look's own business: the library's would
 * leak a listener a look and act only between looks.
 */
export function poll<T extends object>(look: () => Promise<T | undefined>): Promise<T> {
  return waitFor<T>(
    async () => {
      const found = await look()
      return found === undefined ? false : waitFor.resolveWith(found)
    },
    {interval: 0},
  )
}

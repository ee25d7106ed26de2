import {Session} from 'node:inspector'

/** Tells which pieces of our compiled code have run since it was last asked. */
export interface Coverage {
  /** Names of pieces; how many there are in all does not matter. */
  take(): readonly string[]
  stop(): void
}

interface ScriptCoverage {
  readonly scriptId: string
  readonly url: string
  readonly functions: readonly {
    readonly ranges: readonly {readonly startOffset: number; readonly endOffset: number; readonly count: number}[]
  }[]
}

/** V8's own block coverage. Only what comes from src/ counts: the loop itself is always running. */
export function startCoverage(): Coverage {
  const session = new Session()
  session.connect()
  const post = (method: string, parameters?: object): unknown => {
    let answer: unknown
    let failure: Error | null = null
    session.post(method, parameters, (error, result) => {
      failure = error
      answer = result
    })
    if (failure) throw failure as Error
    return answer
  }
  post('Profiler.enable')
  post('Profiler.startPreciseCoverage', {callCount: true, detailed: true})
  return {
    take() {
      const {result} = post('Profiler.takePreciseCoverage') as {readonly result: readonly ScriptCoverage[]}
      return result
        .filter(({url}) => url.includes('/build/src/'))
        .flatMap(({scriptId, functions}) =>
          functions.flatMap(({ranges}) =>
            ranges.filter(({count}) => count > 0).map((one) => `${scriptId}:${one.startOffset}:${one.endOffset}`),
          ),
        )
    },
    stop: () => session.disconnect(),
  }
}

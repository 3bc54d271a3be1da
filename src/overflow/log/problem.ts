/** Something of a log that is not as it was written. Told once, and never the end of it: what is whole goes on. */
export interface LogProblem {
  /**
   * `torn`: the last bytes were no whole frame, as a crash leaves them, and were cut off. `damaged`: bytes with whole
   * frames behind them, or with numbers that are known. `missing`: numbers of which there is nothing. `head`: what was
   * dropped isn't known any more, or what of an overflow was settled. `copy`: an old copy of damaged bytes was removed, so
   * that all of them take no more than an eighth of what the log may have.
   */
  readonly kind: 'torn' | 'damaged' | 'missing' | 'head' | 'copy'
  readonly path: string
  readonly offset: number
  readonly bytes: number
  /** Numbers that are lost with it, from one on up to another; none of a torn tail is known. */
  readonly from: number
  readonly to: number
  /** Where the bytes were copied to before anything is done to the segment. */
  readonly keptAs: string | undefined
}

/** Tells each problem once, however often it is met. */
export function once(report: (problem: LogProblem) => void): (problem: LogProblem) => void {
  const told = new Set<string>()
  return (problem) => {
    const { kind, path, offset, from } = problem
    const name = `${kind} ${path} ${offset} ${from}`
    if (told.has(name)) return
    told.add(name)
    report(problem)
  }
}

import type { Overflow } from './overflow.ts'
import type { OverflowReader } from './overflow-reader.ts'
import type { Producer } from './producer.ts'
import type { Worker } from './worker.ts'

/**
 * A producer that is held up by `maxUnacked` while nothing is under way waits for what holders hold: they are asked
 * for it at once, not when their timers fire (D21). So does an overflow in which an end waits for what has failed back: that
 * may be held, and holders would give it at the end only, which waits for it (D19).
 */
export function relieve({
  overflows,
  producers,
  workers,
}: {
  readonly overflows: readonly Overflow[]
  readonly producers: readonly Producer[]
  readonly workers: readonly Worker[]
}): void {
  const isHeldUp = producers.some((producer) => producer.isHeldUp)
  if (!isHeldUp && !overflows.some(isAwaited)) return
  if (workers.some((worker) => !worker.isIdle || worker.isFlushing)) return
  if (isHeldUp || overflows.some(asksAnew)) for (const worker of workers) worker.press()
}

/** By readers: how far they were when they asked. Who gave nothing isn't asked again before there is an outcome. */
const ASKED = new WeakMap<OverflowReader, number>()

function isAwaited({ input, reader }: Overflow): boolean {
  return reader?.isOnlyOut === true && input.marker?.kind === 'end'
}

function asksAnew(overflow: Overflow): boolean {
  const { reader, counters } = overflow
  if (reader === undefined || !isAwaited(overflow)) return false
  const outcomes = (counters.own.get('redelivered') ?? 0) - reader.out // Grows with each.
  if (ASKED.get(reader) === outcomes) return false
  ASKED.set(reader, outcomes)
  return true
}

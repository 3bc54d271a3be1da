import type { Overflow } from './overflow.ts'
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
  if (!producers.some((producer) => producer.isHeldUp) && !overflows.some(isAwaited)) return
  if (workers.some((worker) => !worker.isIdle || worker.isFlushing)) return
  for (const worker of workers) worker.press()
}

function isAwaited({ input, reader }: Overflow): boolean {
  return reader?.isOnlyOut === true && input.marker?.kind === 'end'
}

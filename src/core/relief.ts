import type { Producer } from './producer.ts'
import type { Worker } from './worker.ts'

/**
 * A producer that is held up by `maxUnacked` while nothing is under way waits for what holders hold: they are asked
 * for it at once, not when their timers fire (D21).
 */
export function relieve({
  producers,
  workers,
}: {
  readonly producers: readonly Producer[]
  readonly workers: readonly Worker[]
}): void {
  if (!producers.some((producer) => producer.isHeldUp)) return
  if (workers.every((worker) => worker.isIdle && !worker.isFlushing)) for (const worker of workers) worker.press()
}

import type { Edge } from './edge.ts'
import { DRAIN } from './marker.ts'
import type { OverflowReader } from './overflow-reader.ts'
import type { Overflow } from './overflow.ts'

/** Unread messages that are few enough to wait for them: arrivals aren't stored meanwhile. */
export const FEW = 1000

/** Whether memory is full to a part of what there is; what is on its way to the store is still there. */
export function isFilledTo({ queue, underWay, bytes, window }: Edge, part: number): boolean {
  return queue.length + underWay >= part * window.max || bytes >= part * (window.bytes ?? Infinity)
}

/** Memory is full to its high mark; or the pipeline stops, and what waits would be lost with it. */
export function mustOpen({ input, plan, host, outlet }: Overflow): boolean {
  if (input.available === 0) return false
  return isFilledTo(input, plan.high) || (host.closing === DRAIN && outlet.room <= 0)
}

/** All that is stored has been delivered, and what waits in memory is behind it. */
export function canClose({ plan, writer }: Overflow, reader: OverflowReader): boolean {
  return !plan.isAlways && !writer.isAppending && reader.isAtTail
}

/**
 * So little is unread that it is not worth storing what arrives meanwhile, as long as memory has room for that.
 *
 * @param hasWaited arrivals have been waiting for it.
 */
export function isClosing(
  { plan, host, writer, input, mostReady }: Overflow,
  reader: OverflowReader,
  hasWaited: boolean,
): boolean {
  if (plan.isAlways || writer.isAppending || host.closing === DRAIN) return false
  if (reader.unread > Math.min(FEW, mostReady.messages)) return false
  return !isFilledTo(input, hasWaited ? plan.high : plan.low)
}

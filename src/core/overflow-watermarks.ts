import type { Edge } from './edge.ts'
import { DRAIN } from './marker.ts'
import type { Allowance } from './ingress.ts'
import type { Outlet } from './outlet.ts'
import type { OverflowReader } from './overflow-reader.ts'
import type { WriterOwner } from './overflow-writer.ts'

/**
 * `direct`: messages pass through memory. `opening`: the first are being stored. `spilling`: what comes is stored, and
 * nothing is asked for below. `draining`: the store is delivered from its head, arrivals are stored behind. `closing`: the
 * last is read, arrivals wait in memory.
 */
export type OverflowState = 'direct' | 'opening' | 'spilling' | 'draining' | 'closing'

/** What is looked at of an overflow. */
interface Filled extends WriterOwner {
  readonly outlet: Outlet
  readonly mostReady: Allowance
  readonly writer: { readonly isAppending: boolean; readonly isWaiting: boolean }
}

/** Unread messages that are few enough to wait for them: arrivals aren't stored meanwhile. */
export const FEW = 1000

/** Whether memory is full to a part of what there is; what is on its way to the store is still there. */
export function isFilledTo({ queue, underWay, bytes, window }: Edge, part: number): boolean {
  return queue.length + underWay >= part * window.max || bytes >= part * (window.bytes ?? Infinity)
}

/** Memory is full to its high mark; or the pipeline stops, and what waits would be lost with it. */
export function mustOpen({ input, plan, host, outlet }: Filled): boolean {
  if (input.available === 0) return false
  return isFilledTo(input, plan.high) || (host.closing === DRAIN && outlet.room <= 0)
}

/** All that is stored has been delivered, and what waits in memory is behind it; if nobody takes that, it is stored first. */
export function canClose({ plan, writer, outlet }: Filled, reader: OverflowReader): boolean {
  if (plan.isAlways || writer.isAppending || !reader.isAtTail) return false
  return !writer.isWaiting || outlet.room > 0
}

/**
 * So little is unread that it is not worth storing what arrives meanwhile, as long as memory has room for that.
 *
 * @param hasWaited arrivals have been waiting for it.
 */
export function isClosing(
  { plan, host, writer, input, mostReady }: Filled,
  reader: OverflowReader,
  hasWaited: boolean,
): boolean {
  if (plan.isAlways || writer.isAppending || host.closing === DRAIN) return false
  if (reader.unread > Math.min(FEW, mostReady.messages)) return false
  return !isFilledTo(input, hasWaited ? plan.high : plan.low)
}

/** What it does while it is open. @param hasWaited arrivals have been waiting for the last to be read. */
export function openState(overflow: Filled, reader: OverflowReader, hasWaited: boolean): OverflowState {
  const { writer, plan, outlet } = overflow
  if (reader.isAtTail && (writer.isAppending || writer.isWaiting)) return 'opening'
  if (reader.isAtTail && plan.isAlways) return 'direct'
  if (isClosing(overflow, reader, hasWaited)) return 'closing'
  return outlet.room > 0 ? 'draining' : 'spilling'
}

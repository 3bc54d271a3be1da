import type { CircuitChange } from './circuit.ts'
import type { Log } from './component.ts'
import type { Env } from './env.ts'
import type { Message } from './message.ts'
import type { Scheduler } from './scheduler.ts'
import type { OpeningStats } from './stats.ts'

/** The world of a graph, and who hears what happens in it. */
export interface GraphOptions {
  readonly env: Env
  readonly log?: Log
  readonly scheduler?: Scheduler
  /** A message failed, and its producer will be told so. */
  onMessageFailed?(node: string, message: Message, error: Error): void
  /** A node could not be opened, and is tried again. */
  onOpenRetry?(node: string, opening: OpeningStats): void
  /** A turn kept the event loop for long; undefined where nobody knows whose it was. */
  onLongTurn?(node: string | undefined, elapsedMs: number): void
  /** The place behind a node doesn't work from now on, or works again (A3). */
  onCircuit?(node: string, change: CircuitChange): void
  /** The kernel has made a mistake at a node: its pipeline fails. */
  onBreach?(node: string, error: Error): void
}

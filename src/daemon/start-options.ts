import type { Log } from '../core/component.ts'
import type { AdminOptions } from './admin.ts'
import type { FaultSource } from './faults.ts'
import type { SentinelData } from './sentinel.ts'

export interface StartOptions {
  /** Silent by default. */
  readonly log?: Log
  /** Serves `/health`, `/ready` and `/metrics`. Not by default. */
  readonly admin?: AdminOptions
  /** Stops gracefully when it aborts, also while nodes are being opened. */
  readonly signal?: AbortSignal
  /**
   * A folder for what the flight recorder of a pipeline remembers, when a node stalls or the kernel makes a mistake; the
   * 20 newest files stay. Nothing is written by default.
   */
  readonly recordings?: string
  /** How often `stats$` gives figures to those who listen, from 10 on; 1,000 by default. */
  readonly statsIntervalMs?: number
  /**
   * Where it is heard of that somebody wants to have that of every pipeline.
   *
   * @internal
   */
  readonly quits?: QuitSource
  /**
   * Told of each pipeline when all of its nodes are open, for the first time. That may be after `start` has resolved: it
   * doesn't wait for a node that has to be tried again.
   *
   * @internal
   */
  readonly onOpen?: (pipeline: string) => void
  /**
   * Where what is thrown outside of handlers is heard of. A program hears of it itself.
   *
   * @internal
   */
  readonly faults?: FaultSource
  /**
   * Has a thread watch the event loop, which writes into such a log.
   *
   * @internal
   */
  readonly sentinel?: SentinelData['log']
}

/** Tells when somebody wants to know what the flight recorders remember. */
interface QuitSource {
  heardBy(listener: () => void): void
}

import { monitorEventLoopDelay } from 'node:perf_hooks'

/** A timer so often costs 0.1 % of a core while nothing else happens; ten times as often, 1 %. */
const RESOLUTION_MS = 50
const NANOSECONDS = 1e9

export interface LoopLag {
  /** How late the timer was since this was last asked, in seconds, by quantile; empty where it wasn't looked at. */
  take(): Readonly<Record<string, number>>
  close(): void
}

/** Watches how long the event loop keeps timers waiting. */
export function watchLoopLag(): LoopLag {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  // The time between two timers is measured; what it should have been is no delay.
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000)
  return {
    take() {
      if (delays.count === 0) return {}
      const lag = {
        '0.5': seconds(delays.percentile(50)),
        '0.99': seconds(delays.percentile(99)),
        '1': seconds(delays.max),
      }
      delays.reset()
      return lag
    },
    close: () => void delays.disable(),
  }
}

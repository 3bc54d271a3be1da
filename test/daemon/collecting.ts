import type { Log } from '../../src/core/component.ts'
import type { Env, Timer } from '../../src/core/env.ts'

/** One line of a log. */
export interface Line {
  readonly level: keyof Log
  readonly message: string
  readonly fields: Record<string, unknown>
}

/** A log that keeps its lines. */
export function collectingLog(): Log & { readonly lines: readonly Line[] } {
  const lines: Line[] = []
  const write =
    (level: keyof Log) =>
    (message: string, fields: object = {}) =>
      void lines.push({ level, message, fields: fields as Record<string, unknown> })
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** An `Env` whose timers a test fires by hand. */
export function manualEnv(): Env & { readonly timers: ReadonlySet<Due>; fire(): void } {
  const timers = new Set<Due>()
  return {
    timers,
    now: () => 0,
    date: () => 0,
    random: () => 0.5,
    after(delayMs, callback): Timer {
      const due = { delayMs, callback }
      timers.add(due)
      return { cancel: () => void timers.delete(due) }
    },
    soon: (callback) => queueMicrotask(callback),
    later: (callback) => void setImmediate(callback),
    passing: (callback) => void setImmediate(callback),
    fire() {
      const due = [...timers]
      timers.clear()
      for (const { callback } of due) callback()
    },
  }
}

interface Due {
  readonly delayMs: number
  readonly callback: () => void
}

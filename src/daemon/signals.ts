import type { Log } from '../core/component.ts'
import { EXIT } from './exit-codes.ts'

type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const EXIT_CODES: Readonly<Record<StopSignal, number>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.hungUp,
}

/** One Ctrl-C comes twice where npm stands in between: from the terminal, and passed on by npm. */
const ECHO_MS = 300

/** What of the process signals need; a test brings its own. */
export interface SignalTarget {
  on(signal: StopSignal | 'SIGQUIT', listener: () => void): unknown
  off(signal: StopSignal | 'SIGQUIT', listener: () => void): unknown
  exit(code: number): void
  now(): number
}

const PROCESS: SignalTarget = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => process.exit(code),
  now: () => performance.now(),
}

export interface StopSignals {
  /** Aborts at the first SIGTERM, SIGINT or SIGHUP. */
  readonly signal: AbortSignal
  /** Has a listener called at each SIGQUIT, in place of the one before; the process goes on. */
  heardBy(listener: () => void): void
  /** Signals do what they do by default again. */
  dispose(): void
}

/**
 * The first SIGTERM or SIGINT asks for a graceful stop, a second one ends the process at once; so does SIGHUP, which comes
 * when a terminal is closed. SIGQUIT, of which Node.js
 * would die, asks for what the flight recorders remember.
 */
export function listenToSignals(log: Log, target: SignalTarget = PROCESS): StopSignals {
  const stop = new AbortController()
  let first: { readonly name: StopSignal; readonly at: number } | undefined
  const heard = (name: StopSignal) => (): void => {
    if (first === undefined) {
      first = { name, at: target.now() }
      // First of all: whatever becomes of the log, the process stops.
      stop.abort()
      return log.info(`${name}: finishing what is under way; a second signal stops at once`)
    }
    if (first.name === name && target.now() - first.at < ECHO_MS) return
    try {
      log.warn(`${name}: stopped at once; what was under way has no outcome`)
    } finally {
      target.exit(EXIT_CODES[name])
    }
  }
  const listeners = { SIGINT: heard('SIGINT'), SIGTERM: heard('SIGTERM'), SIGHUP: heard('SIGHUP') }
  const names: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of names) target.on(name, listeners[name])
  let quit = (): void => log.info('SIGQUIT: nothing runs yet')
  const heardQuit = (): void => quit()
  target.on('SIGQUIT', heardQuit)
  return {
    signal: stop.signal,
    heardBy: (listener) => (quit = listener),
    dispose() {
      for (const name of names) target.off(name, listeners[name])
      target.off('SIGQUIT', heardQuit)
    },
  }
}

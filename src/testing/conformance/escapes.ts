const EVENTS = ['unhandledRejection', 'uncaughtException'] as const

type Listener = (...args: unknown[]) => void

/**
 * Errors that nobody caught, kept from the process while a check runs: a test runner would take them for its own, and it
 * could not say which check they are of.
 */
export class Escapes {
  readonly errors: unknown[] = []
  readonly #others = new Map<string, Listener[]>()
  readonly #note = (error: unknown): void => void this.errors.push(error)

  begin(): void {
    for (const event of EVENTS) {
      this.#others.set(event, process.rawListeners(event) as Listener[])
      process.removeAllListeners(event)
      process.on(event, this.#note)
    }
  }

  end(): void {
    for (const event of EVENTS) {
      process.off(event, this.#note)
      for (const listener of this.#others.get(event) ?? []) process.on(event, listener)
    }
  }
}

import { AsyncLocalStorage, createHook } from 'node:async_hooks'

/** A closed socket or file may take a moment. */
const PATIENCE_MS = 1_000
/** An open file keeps no process from its end, and is left behind all the same. Whose it is, nobody knows. */
const FILE = 'FILEHANDLE'

interface Resource {
  readonly type: string
  readonly resource: object
}

/**
 * The timers, sockets, files and the like that some code has made, and that are still open. What others do in the process
 * meanwhile, as a test runner does, isn't counted.
 */
export class Resources {
  readonly #own = new AsyncLocalStorage<this>()
  readonly #open = new Map<number, Resource>()
  readonly #hook = createHook({
    init: (id, type, ...[, resource]) => {
      if (type === FILE || ('hasRef' in resource && type !== 'Immediate' && this.#own.getStore() === this))
        this.#open.set(id, { type, resource })
    },
    destroy: (id) => void this.#open.delete(id),
  })

  /** Runs code, and gives what it has left open: after a moment in which it could have been closed. */
  async leftBy(code: () => Promise<unknown>): Promise<string[]> {
    this.#hook.enable()
    try {
      await this.#own.run(this, code)
      const deadline = performance.now() + PATIENCE_MS
      while (this.#left.length > 0 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      return this.#left
    } finally {
      this.#hook.disable()
    }
  }

  get #left(): string[] {
    return [...this.#open.values()].filter(isOpen).map(({ type }) => type)
  }
}

/** A timer or socket that is not `ref`ed keeps nothing from its end; a file that is closed has no number. */
function isOpen({ type, resource }: Resource): boolean {
  return type === FILE ? (resource as { fd: number }).fd >= 0 : (resource as { hasRef(): boolean }).hasRef()
}

import { asError } from '../core/errors.ts'
import { EXIT } from '../daemon/exit-codes.ts'

type Tell = (message: string, stack: string | undefined) => void

/** What is thrown outside of all handlers is a mistake in a component, a module or Sluice. @returns tells it otherwise. */
export function endOnFault(tell: Tell): (tell: Tell) => void {
  let current = tell
  process.on('uncaughtException', (thrown) => {
    try {
      const { message, stack } = asError(thrown)
      current(`a component or Sluice itself has failed: ${message}`, stack)
    } finally {
      process.exit(EXIT.internal)
    }
  })
  return (other) => (current = other)
}

/**
 * Ends the process, whatever a module or component has left open, once what was written has arrived.
 *
 * @param mostMs how long that may take; a reader such as `less` takes the rest when somebody scrolls.
 */
export async function exit(code: number, mostMs = Infinity): Promise<never> {
  await new Promise<void>((resolve) => {
    process.stdout.write('', () => resolve())
    if (mostMs !== Infinity) setTimeout(resolve, mostMs)
  })
  process.exit(code)
}

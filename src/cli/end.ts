import type { Writable } from 'node:stream'
import { asError } from '../core/errors.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import type { FaultKind, FaultSource, Judge } from '../daemon/faults.ts'

type Tell = (message: string, stack: string | undefined) => void

/** Whether it is Sluice that ends the process. */
let isEnding = false

/** Before pipelines run. */
const nobody: Judge = () => false

/** Who is told what ends the process, and who may decide that it goes on. */
export interface FaultEnd extends FaultSource {
  tellBy(tell: Tell): void
}

/** What is thrown outside of all handlers is a mistake in a component, a module or Sluice: it ends the process. */
export function endOnFault(tell: Tell): FaultEnd {
  let current = tell
  let judge = nobody
  process.on('exit', (code) => {
    // Whoever reads the exit code must not take the end that a module made for a good one.
    if (isEnding || code !== EXIT.fine) return
    process.exitCode = EXIT.internal
    current('a module or a component has ended the process', undefined)
  })
  const heard = (thrown: unknown, kind: FaultKind): void => {
    let mayGoOn = false
    try {
      mayGoOn = judge(thrown, kind)
      const { message, stack } = asError(thrown)
      if (!mayGoOn) current(`a component or Sluice itself has failed: ${message}`, stack)
    } finally {
      if (!mayGoOn) process.exit(EXIT.internal)
    }
  }
  process.on('uncaughtException', (thrown) => heard(thrown, 'exception'))
  process.on('unhandledRejection', (thrown) => heard(thrown, 'rejection'))
  return { tellBy: (other) => (current = other), judgeBy: (other) => (judge = other) }
}

/**
 * Ends the process, whatever a module or component has left open, once what was written has arrived: a reader such as
 * `less` takes the rest when somebody scrolls.
 *
 * @param mostMs how long standard output may take
 */
export async function exit(code: number, mostMs = Infinity): Promise<never> {
  const output = arrival(process.stdout)
  await Promise.all([arrival(process.stderr), mostMs === Infinity ? output : Promise.race([output, after(mostMs)])])
  isEnding = true
  process.exit(code)
}

function arrival(stream: Writable): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()))
}

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, delayMs))
}

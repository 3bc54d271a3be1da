import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from './errors.ts'

/** A line of a stack: `at name (file:1:2)` or `at file:1:2`. */
const FRAME = /^\s*at (?:.*\()?(.+?):(\d+):(\d+)\)?$/

/**
 * Where a function was called.
 *
 * @param called the function; what it called itself is left out
 * @returns undefined where the stack doesn't say
 */
export function callSite(called: (...parameters: never[]) => unknown): Place | undefined {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 1
  const trace: { stack?: unknown } = {}
  Error.captureStackTrace(trace, called)
  Error.stackTraceLimit = stackTraceLimit
  return placeIn(trace.stack)
}

/** The place that the first line of a stack names. */
export function placeIn(stack: unknown): Place | undefined {
  if (typeof stack !== 'string') return undefined
  for (const line of stack.split('\n')) {
    const [, file, row, column] = FRAME.exec(line) ?? []
    if (file === undefined) continue
    const at = { line: Number(row), column: Number(column) }
    return { file: shownFile(file), ...at, endLine: at.line, endColumn: at.column + 1 }
  }
  return undefined
}

/** From the folder of the process on, if it is in there. */
function shownFile(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith(`..${sep}`) || fromHere === '' ? path : fromHere
}

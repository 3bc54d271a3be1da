import { resolve } from 'node:path'
import type { Origin } from '../registry/origins.ts'
import { configuredOf } from './program-faults.ts'
import type { NodeCall } from './recorder.ts'

/** Lines that a call has beside those of its functions, however it is formatted. */
const MOST_OTHER_LINES = 5

/**
 * Where a program has a node: from its call to that of the next node, but no more lines than its functions can have
 * there. What is called from there and stands elsewhere in the file may be anybody's.
 */
export function originsIn(calls: readonly NodeCall[], index: number): readonly Origin[] {
  const call = calls[index]!
  const { place } = call
  if (place === undefined) return []
  const first = place.line ?? 1
  const others = calls.flatMap(({ place: other }) => (other?.file === place.file ? [other.line ?? 1] : []))
  const next = Math.min(...others.filter((line) => line > first))
  const last = Math.min(next - 1, first + linesOfFunctions(call) + MOST_OTHER_LINES)
  return [{ file: resolve(place.file), lines: [first, last] }]
}

function linesOfFunctions(call: NodeCall): number {
  const given = [configuredOf(call)?.options, call.settings]
  const values = given.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : value))
  const functions = values.filter((value) => typeof value === 'function')
  return functions.reduce((lines, made) => lines + String(made).split('\n').length, 0)
}

import { appendFile, open } from 'node:fs/promises'
import type { Letter, Payment } from './payments.ts'

/** What a ledger holds, and what is wrong with it. */
export interface Verdict {
  readonly lines: number
  /** Lines beyond the first of their payment. */
  readonly duplicates: number
  readonly violations: readonly string[]
}

/**
 * Holds a ledger against the letters that were sent: each line is a whole payment of one of them, what was answered with
 * 2xx is there, and nothing is there more often than once and once again for each kill that found it under way.
 *
 * @param storeKills kills after which a store gives out again what was settled shortly before, answered or not.
 */
export async function judge(
  lines: AsyncIterable<string>,
  letters: ReadonlyMap<string, Letter>,
  storeKills = 0,
): Promise<Verdict> {
  const violations: string[] = []
  const counts = new Map<string, number>()
  let number = 0
  for await (const line of lines) {
    number += 1
    const id = idOf(line)
    if (id === undefined) violations.push(`line ${number} is no payment: ${excerpt(line)}`)
    else if (!letters.has(id)) violations.push(`line ${number} is of ${id}, which nobody has sent`)
    else counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  let duplicates = 0
  for (const [id, letter] of letters) {
    const count = counts.get(id) ?? 0
    duplicates += Math.max(0, count - 1)
    const violation = violationOf(letter, count, storeKills)
    if (violation !== undefined) violations.push(`${id} ${violation}`)
  }
  return { lines: number, duplicates, violations }
}

function violationOf({ confirmedAfter, exposures }: Letter, count: number, storeKills: number): string | undefined {
  if (count === 0 && confirmedAfter !== undefined) {
    return `is missing, though it was answered with 2xx after ${confirmedAfter} kills`
  }
  if (count > 1 + exposures + storeKills)
    return `is there ${count} times, though only ${exposures} kills found it under way`
  return undefined
}

/** @returns undefined where the line isn't a whole payment. */
function idOf(line: string): string | undefined {
  try {
    const { id, note, size } = JSON.parse(line) as Partial<Payment>
    return typeof note === 'string' && note.length === size ? id : undefined
  } catch {
    return undefined
  }
}

function excerpt(line: string): string {
  return line.length <= 120 ? line : `${line.slice(0, 60)} … ${line.slice(-60)}`
}

/** Whether every payment that was answered with 2xx is there. */
export async function hasAll(lines: AsyncIterable<string>, letters: ReadonlyMap<string, Letter>): Promise<boolean> {
  const { violations } = await judge(lines, letters, Infinity)
  return !violations.some((violation) => violation.includes('is missing'))
}

/** None where there is no such file: the daemon has never started. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  yield* (await open(path, 'a+')).readLines()
}

/** Whether the last line has no end: a process died while it wrote it. */
export async function isTorn(path: string): Promise<boolean> {
  const file = await open(path, 'a+')
  try {
    const { size } = await file.stat()
    if (size === 0) return false
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
    return buffer.toString() !== '\n'
  } finally {
    await file.close()
  }
}

/** Leaves what a process leaves that dies while it writes a line: its beginning. */
export async function tear(path: string, payment: Payment, random: () => number): Promise<void> {
  const line = JSON.stringify(payment)
  await appendFile(path, line.slice(0, 1 + Math.floor(random() * line.length)))
}

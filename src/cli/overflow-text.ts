import type { StoredMessage } from '../core/overflow-store.ts'
import { writeMarkedJson } from '../overflow/marked-json.ts'
import { tableLines } from '../kit/table.ts'
import { printable } from '../kit/text.ts'
import { sizeText } from '../kit/units.ts'

/** What the commands tell of an overflow; of one that doesn't run there is no state and no trouble. */
export interface ListedOverflow {
  readonly name: string
  readonly state: string
  /** null where nobody knows. */
  readonly stored: number | null
  readonly storedParts: number | null
  readonly storedBytes: number | null
  readonly oldestStoredMs: number | null
  readonly trouble: string | null
  /** Where it is, if that is known. */
  readonly place?: string | undefined
  /** Who has it, of one that is in use and was only looked at. */
  readonly owner?: string | undefined
}

const HEAD = ['EDGE', 'STATE', 'MESSAGES', 'PARTS', 'SIZE', 'OLDEST', 'TROUBLE']
const LONGEST = 200

export function tableOf(overflows: readonly ListedOverflow[]): string {
  if (overflows.length === 0) return 'no overflows\n'
  const rows = overflows.map((each) => [
    each.name,
    each.state,
    String(each.stored ?? '?'),
    String(each.storedParts ?? '?'),
    sizeOf(each),
    ageOf(each),
    printable(each.trouble ?? '-', LONGEST),
  ])
  return `${tableLines([HEAD, ...rows]).join('\n')}\n`
}

export function overflowText(overflow: ListedOverflow): string {
  const { name, state, stored, storedParts, place, owner, trouble } = overflow
  const fields: [string, string | undefined][] = [
    ['overflow', name],
    ['state', state],
    ['stored', `${stored ?? '?'} messages, ${storedParts ?? '?'} with those inside batches`],
    ['size', sizeOf(overflow)],
    ['oldest', ageOf(overflow)],
    ['place', place],
    ['owner', owner],
    ['trouble', trouble ?? undefined],
  ]
  const lines = fields.flatMap(([field, value]) =>
    value === undefined ? [] : [`${field.padEnd(10)}${printable(value, 2000)}`],
  )
  return `${lines.join('\n')}\n`
}

function sizeOf({ storedBytes }: ListedOverflow): string {
  return storedBytes === null ? '?' : sizeText(storedBytes)
}

function ageOf({ oldestStoredMs }: ListedOverflow): string {
  return oldestStoredMs === null ? '-' : `${Math.round(oldestStoredMs / 1000)} s`
}

/** A stored message as a line of JSON; bytes, dates and the like have their marks. */
export function lineOf(message: StoredMessage): string {
  return `${writeMarkedJson(message)!}\n`
}

/** What is told of numbers from one on up to another. */
export function lostText(from: number, to: number): string {
  return `sluice: numbers ${from} to ${to - 1} are damaged or missing\n`
}

import type { Letter } from '../core/letter.ts'
import type { RetryReport } from '../daemon/letter-retry.ts'
import type { ListedLetter } from '../overflow/letters/letter-frame.ts'
import { tableLines } from '../kit/table.ts'
import { printable } from '../kit/text.ts'

export interface ListAnswer {
  readonly letters: readonly (ListedLetter & { readonly begins?: string })[]
  readonly next?: string
  readonly stored: number
}

export interface RetryAnswer extends Omit<RetryReport, 'skipped'> {
  readonly skipped: number
  readonly unknown: readonly string[]
  readonly next?: string
}

const HEAD = ['ID', 'NODE', 'CODE', 'ATTEMPTS', 'FAILED AT', 'DATA']
const LONGEST = 200

/** Letters as a table, and how many there are. */
export function tableOf({ letters, next, stored }: ListAnswer): string {
  if (letters.length === 0) return stored === 0 ? 'no letters\n' : `none of the ${stored} letters\n`
  const lines = tableLines([HEAD, ...letters.map(cellsOf)])
  const more = next === undefined ? '' : `; the next ones: --after '${next}'`
  return `${lines.join('\n')}\n\n${letters.length} of ${stored}${more}\n`
}

function cellsOf({
  id,
  node,
  code = '-',
  attempts,
  failedAt,
  begins,
  ...letter
}: ListAnswer['letters'][number]): string[] {
  const state = letter.isDamaged ? '(damaged)' : letter.isUnderWay ? '(being retried)' : (begins ?? '')
  const when = new Date(failedAt).toISOString()
  return [id, node, code, String(attempts ?? '-'), when, state].map((cell) => printable(cell, LONGEST))
}

function at(ms: number): string {
  return new Date(ms).toISOString()
}

/** A letter with its story. */
export function letterText({ letter, editedAt }: { readonly letter: Letter; readonly editedAt?: number }): string {
  const { error, data } = letter
  const fields: [string, string | undefined][] = [
    ['id', letter.id],
    ['pipeline', letter.pipeline],
    ['node', letter.node],
    ['key', letter.key],
    ['headers', Object.keys(letter.headers).length === 0 ? undefined : JSON.stringify(letter.headers)],
    ['attempts', String(letter.attempts)],
    ['failed at', at(letter.failedAt)],
    ['first failed', at(letter.firstFailedAt)],
    ['edited at', editedAt === undefined ? undefined : at(editedAt)],
    ['error', `${error.code ?? 'without a code'}: ${error.message}`],
    ...error.causes.map(({ code, message }): [string, string] => [
      'because',
      `${code === undefined ? '' : `${code}: `}${message}`,
    ]),
  ]
  const lines = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(14)}${printable(value, 2000)}`],
  )
  const stack = (error.stack ?? '')
    .split('\n')
    .slice(1)
    .map((line) => printable(line, 500))
  const shown = JSON.stringify(data, undefined, 2)
    .split('\n')
    .map((line) => printable(line, 10_000))
  return `${[...lines, ...stack, '', ...shown].join('\n')}\n`
}

/** What became of letters that were retried. */
export function retryText({ handled, failedAgain, left, waiting, skipped, unknown, problems }: RetryAnswer): string {
  const counts: [number, string][] = [
    [handled, 'delivered'],
    [failedAgain, 'failed again'],
    [left, 'left as they were'],
    [waiting, 'still under way'],
    [skipped, 'skipped: they are being retried already, or damaged'],
    [unknown.length, 'not there'],
  ]
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const reasons = problems.map(({ node, message }) => `  ${printable(node)}: ${printable(message, LONGEST)}`)
  return `${[told.length === 0 ? 'no letters' : told.join(', '), ...reasons].join('\n')}\n`
}

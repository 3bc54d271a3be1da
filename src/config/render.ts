import { printable } from '../kit/text.ts'
import type { ConfigError, Place, Problem, RelatedPlace, Span } from './errors.ts'

/** The parts of what is shown, for a terminal that has colours. */
export type Part = 'place' | 'error' | 'warning' | 'source' | 'caret' | 'hint'

export interface RenderOptions {
  /** Puts colour around a part; none by default. */
  readonly paint?: (part: Part, text: string) => string
}

/** Longest piece of a source line that is shown, in UTF-16 units. */
const LONGEST_LINE = 120

/**
 * Problems for people:
 *
 *     payments.yaml:14:5  `concurency` is not a setting or a component of a stage
 *          14 |     concurency: 8
 *             |     ^^^^^^^^^^
 *          did you mean `concurrency`?
 *
 * @param text what the file says; without it no lines are shown
 */
export function renderProblems(
  problems: readonly Problem[],
  text: string | undefined,
  { paint = (_, part) => part }: RenderOptions = {},
): string {
  const lines = text?.split(/\r?\n/)
  return problems.map((problem) => renderProblem(problem, lines, paint)).join('\n\n')
}

/** All that an error has to say: its problems, and how many were left out. */
export function renderConfigError({ problems, text, omitted }: ConfigError, options: RenderOptions = {}): string {
  const shown = renderProblems(problems, text, options)
  return omitted === 0 ? shown : `${shown}\n\n… and ${omitted} more`
}

type Paint = NonNullable<RenderOptions['paint']>

function renderProblem(problem: Problem, lines: readonly string[] | undefined, paint: Paint): string {
  const { severity, message, hint, related = [] } = problem
  const rows = [
    `${paint('place', placeOf(problem))}  ${paint(severity, severity === 'warning' ? `warning: ${message}` : message)}`,
  ]
  if (hasPlace(problem) && lines !== undefined) rows.push(...excerpt(problem, lines, paint))
  for (const place of related)
    rows.push(...renderRelated(place, place.file === problem.file ? lines : undefined, paint))
  if (hint !== undefined) rows.push(`${' '.repeat(5)}${paint('hint', hint)}`)
  return rows.join('\n')
}

function renderRelated(place: RelatedPlace, lines: readonly string[] | undefined, paint: Paint): string[] {
  const head = `${' '.repeat(5)}${paint('place', placeOf(place))}  ${place.message}`
  return lines === undefined || !hasPlace(place) ? [head] : [head, ...excerpt(place, lines, paint)]
}

function placeOf({ file, line, column }: Place): string {
  const name = printable(file, 1000)
  return line === undefined ? name : `${name}:${line}:${column}`
}

function hasPlace<P extends Place>(place: P): place is P & Span {
  return place.line !== undefined
}

/** The line with carets below what is meant; of a long line the part around it. */
function excerpt({ line, column, endLine, endColumn }: Span, lines: readonly string[], paint: Paint): string[] {
  const source = lines[line - 1] ?? ''
  const start = column - 1
  const end = endLine === line ? endColumn - 1 : source.length
  const from = start < LONGEST_LINE - 20 ? 0 : start - 20
  const shown = source.slice(from, from + LONGEST_LINE)
  const count = Math.max(1, Math.min(end, from + shown.length) - start)
  // Tabs stay tabs, so that the carets stand where the terminal puts the text.
  const gap = shown.slice(0, start - from).replace(/[^\t]/g, ' ')
  const before = from > 0 ? '…' : ''
  const after = from + shown.length < source.length ? '…' : ''
  const number = String(line).padStart(7)
  return [
    `${number} | ${paint('source', `${before}${printableLine(shown)}${after}`)}`,
    `${' '.repeat(7)} | ${before === '' ? '' : ' '}${gap}${paint('caret', '^'.repeat(count))}`,
  ]
}

function printableLine(text: string): string {
  return text
    .split('\t')
    .map((part) => printable(part, LONGEST_LINE))
    .join('\t')
}

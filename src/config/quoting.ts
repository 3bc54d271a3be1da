import { printable } from '../kit/text.ts'

/** Longest value that a hint repeats; in UTF-16 units. */
const LONGEST_VALUE = 120

const CLOSER: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/**
 * Whether brackets or quotes are left open, or closed without having been opened: what YAML leaves of an expression
 * that it has cut at a comma or at ` #`.
 */
export function isTorn(text: string): boolean {
  const closers: string[] = []
  let quote = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!
    if (quote !== '') {
      if (character === '\\') index++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'" || character === '`') quote = character
    else if (character in CLOSER) closers.push(CLOSER[character]!)
    else if (')]}'.includes(character) && closers.pop() !== character) return true
  }
  return quote !== '' || closers.length > 0
}

/**
 * Where a value without quotes was meant to end that starts at an offset of a line: inside `{ }` or `[ ]` before the
 * next comma or closing bracket of theirs, elsewhere with the line.
 */
export function unquotedEnd(line: string, start: number): number {
  const isFlow = isTorn(line.slice(0, start))
  const last = Math.min(line.length, start + LONGEST_VALUE)
  for (let end = start; isFlow && end < last; end++) {
    const value = line.slice(start, end)
    if (',]}'.includes(line[end]!) && !isTorn(value)) return start + value.trimEnd().length
  }
  return line.trimEnd().replace(/,$/, '').length
}

/** The text as a YAML value in quotes. */
export function inQuotes(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`
  return `'${text.replaceAll("'", "''")}'`
}

/** "Put it in quotes", with the text itself where it is short, whole, and fit for a terminal. */
export function quotingHint(text: string): string {
  const trimmed = text.trim()
  const isFit = trimmed !== '' && trimmed === printable(trimmed, LONGEST_VALUE) && !isTorn(trimmed)
  return isFit ? `put it in quotes: ${inQuotes(trimmed)}` : 'put it in quotes'
}

import type { Filled, ScalarValue } from './tree.ts'

/** One character of a double-quoted text as it is written: an escape, or itself. */
const ESCAPED = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])|[^]/y
const SINGLE_QUOTED = /''|[^]/y
const PLAIN = /[^]/y

/**
 * Where in the file a character of a text is that YAML read: known for plain and quoted texts on one line, whose
 * escapes are counted; undefined for the others.
 */
export function sourceOffset(scalar: ScalarValue, fileText: string, offset: number): number | undefined {
  const { style, range } = scalar
  const [start, end] = range
  if (style === 'block' || fileText.slice(start, end).includes('\n')) return undefined
  if (style === 'plain') return skip(fileText, start, { written: PLAIN, count: offset })
  return skip(fileText, start + 1, { written: style === 'single-quoted' ? SINGLE_QUOTED : ESCAPED, count: offset })
}

/** The same for a character of the text after variables were filled in; one of a variable's own is at its `${`. */
export function filledSourceOffset(scalar: ScalarValue, fileText: string, offset: number): number | undefined {
  const { filled } = scalar
  return sourceOffset(scalar, fileText, filled === undefined ? offset : rawOffset(filled, offset))
}

function rawOffset({ pieces }: Filled, offset: number): number {
  const piece = pieces.findLast(({ start }) => start <= offset)
  if (piece === undefined) return offset
  return piece.isCopy ? piece.rawStart + offset - piece.start : piece.rawStart
}

/** Passes so many characters of the value, as each is written. */
function skip(text: string, start: number, { written, count }: { written: RegExp; count: number }): number {
  let offset = start
  for (let left = count; left > 0; left--) {
    written.lastIndex = offset
    const [character = ''] = written.exec(text) ?? []
    // Two UTF-16 units of the value.
    if (character.startsWith('\\U') && Number.parseInt(character.slice(2), 16) > 0xffff) left--
    offset += character.length
  }
  return offset
}

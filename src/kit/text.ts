/** Longest piece of somebody else's text in a message of ours, in UTF-16 units. */
const LONGEST_ECHO = 40

/**
 * What could move the cursor, hide, or turn the writing around: C0 and C1 controls, line and paragraph separators,
 * zero-width and bidirectional marks, the byte order mark, halves of surrogate pairs.
 */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- to find control characters is what it is for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escape(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * Untrusted text, fit for a log or a terminal: control characters escaped, and cut after `longest` UTF-16 units of the
 * original, which an ellipsis shows.
 */
export function printable(text: string, longest: number = LONGEST_ECHO): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return shown.replace(UNPRINTABLE, escape)
}

/** The same in double quotes. */
export function quote(text: string, longest: number = LONGEST_ECHO): string {
  return `"${printable(text, longest).replace(/"/g, '\\"')}"`
}

/** A place in a text as people count: from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where an offset (from 0, in UTF-16 units) is. Lines end at LF. */
export function positionAt(text: string, offset: number): Position {
  let line = 1
  let start = 0
  for (let feed = text.indexOf('\n'); feed !== -1 && feed < offset; feed = text.indexOf('\n', start)) {
    line++
    start = feed + 1
  }
  return { line, column: offset - start + 1 }
}

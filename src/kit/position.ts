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

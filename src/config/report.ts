import { hintOf, type Place, type Problem, type ProblemCode, type RelatedPlace } from './errors.ts'
import { keyRangeAt, valueRangeAt, type OffsetRange, type Value } from './tree.ts'
import type { Path } from './wording.ts'

/** Problems of one severity that are listed; a file with more of them is of another kind than we can explain. */
const MAX_PROBLEMS = 200

/** What is wrong, by its place in the document or in the text. */
export interface Finding {
  readonly code: ProblemCode
  readonly severity?: 'error' | 'warning'
  readonly path: Path
  /** Whether to show the value at the path (the default) or its key. */
  readonly at?: 'key' | 'value'
  /** Where exactly, if that is known better. */
  readonly range?: OffsetRange | undefined
  readonly message: string
  readonly expected?: string | undefined
  readonly nearest?: string | undefined
  /** What the table says of the code, by default. */
  readonly hint?: string | undefined
  readonly related?: readonly { readonly range: OffsetRange; readonly message: string }[]
}

/** Says where a range is. */
export type Locate = (range: OffsetRange) => Place

/** Collects what is wrong with one file and finds the places. */
export class Report {
  readonly file: string
  readonly text: string
  /** The document, as soon as there is one; places are found in it. */
  root: Value | undefined = undefined
  /** Problems beyond those that are listed. */
  omitted = 0
  readonly #locate: Locate
  readonly #problems: { readonly start: number; readonly problem: Problem }[] = []
  readonly #counts = { error: 0, warning: 0 }
  readonly #muted = new Set<string>()

  /** @param locate where a range is, if ranges don't count the characters of the text. */
  constructor(file: string, text: string, locate = locateIn(file, text)) {
    this.file = file
    this.text = text
    this.#locate = locate
  }

  /** Errors and warnings in the order of the file. */
  get problems(): readonly Problem[] {
    return this.#problems.toSorted((a, b) => a.start - b.start).map(({ problem }) => problem)
  }

  get hasErrors(): boolean {
    return this.#counts.error > 0
  }

  /** No more errors will be listed. */
  get isFull(): boolean {
    return this.#counts.error >= MAX_PROBLEMS
  }

  /** Adds a problem, unless what it is about has been muted. */
  add(finding: Finding): void {
    const { code, severity = 'error', path, message, expected, nearest, hint = hintOf(finding.code), related } = finding
    if (this.isMuted(path)) return
    if (++this.#counts[severity] > MAX_PROBLEMS) {
      this.omitted++
      return
    }
    const range = finding.range ?? this.#rangeOf(finding)
    const problem = {
      code,
      severity,
      ...this.#locate(range),
      path,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(nearest === undefined ? {} : { nearest }),
      ...(hint === undefined ? {} : { hint }),
      ...(related === undefined ? {} : { related: related.map((place) => this.#related(place)) }),
    }
    this.#problems.push({ start: range[0], problem })
  }

  /** Says no more about a path and what is below it: what was said explains the rest. */
  mute(path: Path): void {
    this.#muted.add(JSON.stringify(path))
  }

  isMuted(path: Path): boolean {
    if (this.#muted.size === 0) return false
    for (let length = 0; length <= path.length; length++) {
      if (this.#muted.has(JSON.stringify(path.slice(0, length)))) return true
    }
    return false
  }

  /** Whether anything at a path or below it was muted. */
  hasMutedBelow(path: Path): boolean {
    if (this.isMuted(path)) return true
    const prefix = `${JSON.stringify(path).slice(0, -1)},`
    return [...this.#muted].some((muted) => muted.startsWith(prefix))
  }

  /** Where the value at a path is, or its key. */
  placeOf(path: Path, at: 'key' | 'value'): Place {
    return this.#locate(this.#rangeOf({ path, at }))
  }

  #rangeOf({ path, at = 'value' }: Pick<Finding, 'path' | 'at'>): OffsetRange {
    if (this.root === undefined) return [0, 0]
    return at === 'key' ? keyRangeAt(this.root, path) : valueRangeAt(this.root, path)
  }

  #related({ range, message }: { range: OffsetRange; message: string }): RelatedPlace {
    return { ...this.#locate(range), message }
  }
}

/** Where ranges are that count the characters of a text. */
function locateIn(file: string, text: string): Locate {
  const starts = [0]
  for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', feed + 1)) starts.push(feed + 1)
  const positionOf = (offset: number) => {
    const line = starts.findLastIndex((start) => start <= offset)
    return { line: line + 1, column: offset - starts[line]! + 1 }
  }
  return ([start, end]) => {
    const to = positionOf(Math.max(start, end))
    return { file, ...positionOf(start), endLine: to.line, endColumn: to.column }
  }
}

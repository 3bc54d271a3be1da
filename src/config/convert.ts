import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { isTorn, quotingHint } from './quoting.ts'
import type { Finding } from './report.ts'
import type { Entry, OffsetRange, ScalarValue, Value } from './tree.ts'
import { named, type Path } from './wording.ts'

/** A document as our own tree, and what of it can't be taken as it stands. */
export interface Converted {
  readonly root: Value
  readonly findings: readonly Finding[]
  /** Places whose value is not what was meant: nothing more is to be said of them. */
  readonly spoilt: readonly Path[]
}

type ParsedPair = Pair<ParsedNode, ParsedNode | null>

const STYLES: Readonly<Record<string, ScalarValue['style']>> = {
  QUOTE_SINGLE: 'single-quoted',
  QUOTE_DOUBLE: 'double-quoted',
  BLOCK_FOLDED: 'block',
  BLOCK_LITERAL: 'block',
}

/** Commas that a cut value may have had. */
const MOST_PIECES = 20

/** Makes our tree of the parser's. Depth is bounded by the parser that made it. */
export function convert(contents: ParsedNode, text: string): Converted {
  const converter = new Converter(text)
  const root = converter.value(contents, [])
  return { root, findings: converter.findings, spoilt: converter.spoilt }
}

class Converter {
  readonly findings: Finding[] = []
  readonly spoilt: Path[] = []
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  value(node: ParsedNode, path: Path): Value {
    const range = rangeOf(node)
    if (isAlias(node)) {
      this.#spoil(path, { code: 'SLUICE_CONFIG_YAML_ALIAS', range, message: `${named(`*${node.source}`)} is an alias` })
      return { kind: 'scalar', range, value: null, style: 'plain' }
    }
    if (node.anchor !== undefined) this.#anchor(node.anchor, range, path)
    if (isMap(node)) return this.#map(node, path)
    if (isSeq(node)) return this.#list(node, path)
    return this.#scalar(node, path)
  }

  #list(node: YAMLSeq.Parsed, path: Path): Value {
    const isFlow = node.flow === true
    const pieces = node.items
    for (let index = 0; isFlow && index < pieces.length; index++) {
      const last = lastItemPiece(pieces, index)
      if (last > index) this.#torn([...path, index], [rangeOf(pieces[index]!)[0], rangeOf(pieces[last]!)[1]])
      index = last
    }
    const items = pieces.map((item, index) => this.value(item, [...path, index]))
    return { kind: 'list', range: rangeOf(node), isFlow, items }
  }

  #map(node: YAMLMap.Parsed, path: Path): Value {
    const entries = new Map<string, Entry>()
    const pairs = node.items
    for (let index = 0; index < pairs.length; index++) {
      const pair = pairs[index]!
      const name = keyText(pair.key)
      const entryPath = [...path, name]
      const keyRange = rangeOf(pair.key)
      const last = node.flow === true ? lastPiece(pairs, index) : index
      if (last > index) {
        this.#torn(entryPath, [rangeOf(pair.value!)[0], rangeOf(pairs[last]!.key)[1]])
        index = last
      }
      if (this.#refuses(name, entryPath, { keyRange, first: entries.get(name) })) continue
      entries.set(name, { keyRange, value: pair.value ? this.value(pair.value, entryPath) : nothingAfter(keyRange) })
    }
    return { kind: 'map', range: rangeOf(node), isFlow: node.flow === true, entries }
  }

  #scalar({ value, source, type, range: [start, end] }: Scalar.Parsed, path: Path): Value {
    const style = STYLES[type ?? 'PLAIN'] ?? 'plain'
    const range: OffsetRange = [start, end]
    if (typeof value === 'number') {
      const complaint = numberComplaint(value, source)
      if (complaint !== undefined) this.#spoil(path, { code: 'SLUICE_CONFIG_NUMBER', range, ...complaint })
    }
    return { kind: 'scalar', range, value: isPlain(value) ? value : source, style }
  }

  /** YAML has cut `f(a, b)` into two keys; both ends are known, so one problem tells it. */
  #torn(path: Path, range: OffsetRange): void {
    this.#spoil(path, {
      code: 'SLUICE_CONFIG_YAML_UNQUOTED',
      range,
      message: 'YAML cuts this value at the comma',
      hint: quotingHint(this.#text.slice(...range)),
    })
  }

  #refuses(
    name: string,
    path: Path,
    { keyRange, first }: { keyRange: OffsetRange; first: Entry | undefined },
  ): boolean {
    if (name === '__proto__') {
      const message = "`__proto__` can't be a key"
      this.findings.push({ code: 'SLUICE_CONFIG_KEY_UNKNOWN', path, range: keyRange, message, hint: 'rename it' })
      return true
    }
    if (name === '<<') {
      const message = '`<<` merges nothing here'
      const hint = 'write out what it is to bring'
      this.findings.push({ code: 'SLUICE_CONFIG_YAML_ALIAS', path, range: keyRange, message, hint })
      return true
    }
    if (first === undefined) return false
    this.findings.push({
      code: 'SLUICE_CONFIG_YAML_DUPLICATE',
      path,
      range: keyRange,
      message: `${named(name)} stands twice in this map`,
      related: [{ range: first.keyRange, message: 'it stands here first' }],
    })
    return true
  }

  #anchor(name: string, [valueStart]: OffsetRange, path: Path): void {
    const anchor = `&${name}`
    const start = this.#text.lastIndexOf(anchor, valueStart)
    const range = [start, start + anchor.length] as const
    this.#spoil(path, { code: 'SLUICE_CONFIG_YAML_ALIAS', range, message: `${named(anchor)} is an anchor` })
  }

  #spoil(path: Path, finding: Omit<Finding, 'path'>): void {
    this.findings.push({ ...finding, path })
    this.spoilt.push(path)
  }
}

/** The text of a key: the parser makes a string of every scalar that is one. */
function keyText(key: ParsedNode): string {
  return isScalar(key) ? key.source : ''
}

/** What the core schema of YAML gives; anything else had a tag, which has been reported. */
function isPlain(value: unknown): value is ScalarValue['value'] {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function rangeOf(node: ParsedNode): OffsetRange {
  return [node.range[0], node.range[1]]
}

function nothingAfter([, end]: OffsetRange): ScalarValue {
  return { kind: 'scalar', range: [end, end], value: null, style: 'plain' }
}

/** The index of the last of the keys without values that a cut value goes on in; `index` itself where nothing is cut. */
function lastPiece(pairs: readonly ParsedPair[], index: number): number {
  const value = pairs[index]!.value
  if (!isScalar(value) || value.type !== 'PLAIN' || !isTorn(value.source)) return index
  let joined = value.source
  let last = index
  while (isTorn(joined) && last - index < MOST_PIECES && last + 1 < pairs.length && hasNoValue(pairs[last + 1]!)) {
    joined += `, ${keyText(pairs[++last]!.key)}`
  }
  return last
}

/** The same for items of a list, which are pieces only if together they are whole. */
function lastItemPiece(items: readonly ParsedNode[], index: number): number {
  let joined = ''
  for (let last = index; last < items.length && last - index < MOST_PIECES; last++) {
    const item = items[last]
    if (!isScalar(item) || item.type !== 'PLAIN') return index
    joined += last === index ? item.source : `, ${item.source}`
    if (!isTorn(joined)) return last
  }
  return index
}

function hasNoValue({ value }: ParsedPair): boolean {
  return value === null || (isScalar(value) && value.source === '')
}

/** Why a number can't be taken: the parser would round it, or read it in another way than it looks. */
function numberComplaint(value: number, source: string): { message: string; hint?: string } | undefined {
  const shown = named(source)
  if (!Number.isFinite(value)) return { message: `${shown} is not a finite number` }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return { message: `${shown} is too large to be held exactly: at most ${Number.MAX_SAFE_INTEGER}` }
  }
  if (!/^[-+]?0[0-9]/.test(source)) return undefined
  const hint = `write ${value} for the number, or "${source}" for the text`
  return { message: `${shown} starts with 0: octal to some, decimal to others`, hint }
}

import type { ErrorCode, YAMLError } from 'yaml'
import type { ConfigErrorCode } from './errors.ts'
import { isTorn, quotingHint, unquotedEnd } from './quoting.ts'
import type { OffsetRange } from './tree.ts'
import { named } from './wording.ts'

/** What the YAML parser has to say, in our words. */
export interface YamlFault {
  readonly code: ConfigErrorCode
  readonly range: OffsetRange
  readonly message: string
  readonly hint?: string
  /** Whether the rest of the document can be trusted all the same. */
  readonly isLocal: boolean
}

type Wording = Omit<YamlFault, 'range'> & { readonly range?: OffsetRange }

const INDENTATION = { code: 'SLUICE_CONFIG_YAML_INDENTATION', isLocal: false } as const
const SYNTAX = { code: 'SLUICE_CONFIG_YAML_SYNTAX', isLocal: false } as const
const UNQUOTED = { code: 'SLUICE_CONFIG_YAML_UNQUOTED', isLocal: true } as const

const CUT = 'inside { } and [ ] YAML ends this value too early'

/** Of what the parser says; a broken file of 1 MiB makes it say as much again. */
const MAX_ERRORS = 50

/** Codes whose sentence is the same wherever they come up. */
const FIXED: Partial<Record<ErrorCode, Wording>> = {
  TAB_AS_INDENT: { ...INDENTATION, message: 'a tab stands where YAML wants spaces', hint: 'indent with spaces only' },
  BAD_ALIAS: { ...SYNTAX, code: 'SLUICE_CONFIG_YAML_ALIAS', message: 'this is an alias without a name' },
  BAD_DIRECTIVE: { ...SYNTAX, message: 'a line that starts with `%` is an instruction to YAML', hint: 'remove it' },
  MULTIPLE_TAGS: { ...SYNTAX, message: 'a value has two tags', hint: 'put text that starts with `!` in quotes' },
  MULTIPLE_ANCHORS: { ...SYNTAX, code: 'SLUICE_CONFIG_YAML_ALIAS', message: 'a value has two anchors' },
  NON_STRING_KEY: { ...SYNTAX, message: 'a key is a map or a list', hint: 'write a name before the colon' },
  KEY_OVER_1024_CHARS: { ...SYNTAX, message: 'a key is longer than 1,024 characters' },
  RESOURCE_EXHAUSTION: { ...SYNTAX, code: 'SLUICE_CONFIG_TOO_COMPLEX', message: 'the file is nested too deep' },
}

/**
 * One fault for each line that the parser complains about, up to the first after which the rest can't be trusted.
 * What follows on a line, or after such a fault, is mostly its consequence.
 */
export function yamlFaults(errors: readonly YAMLError[], text: string): YamlFault[] {
  const faults: YamlFault[] = []
  const byLine = new Map<number, YAMLError[]>()
  for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0]).slice(0, MAX_ERRORS)) {
    const [line] = lineOf(text, error.pos[0])
    const onLine = byLine.get(line)
    if (onLine === undefined) byLine.set(line, [error])
    else onLine.push(error)
  }
  for (const onLine of byLine.values()) {
    const wordings = onLine.map((error) => word(error, text))
    const told = wordings.find(({ code }) => code === 'SLUICE_CONFIG_YAML_INDENTATION') ?? wordings[0]!
    faults.push({ ...told, range: clamp(told.range, text), isLocal: wordings.every(({ isLocal }) => isLocal) })
    if (!faults.at(-1)!.isLocal) break
  }
  return faults
}

function word(error: YAMLError, text: string): YamlFault {
  const range: OffsetRange = [error.pos[0], error.pos[1]]
  const fixed = FIXED[error.code]
  if (fixed !== undefined) return { range, ...fixed }
  return { range, ...special(error, range, text) }
}

function special(error: YAMLError, range: OffsetRange, text: string): Wording {
  const [start, end] = range
  switch (error.code) {
    case 'BAD_INDENT':
      return badIndent(error.message, start, text)
    case 'MULTILINE_IMPLICIT_KEY':
      return deeperLine(range, text)
    case 'BLOCK_AS_IMPLICIT_KEY':
      return unquoted('`: ` inside a value makes YAML read it as a map', restOf(start, text), text)
    case 'BLOCK_IN_FLOW':
      return unquoted('`: ` inside a value makes YAML read it as a map', range, text)
    case 'BAD_SCALAR_START':
      return unquoted(`a value can't start with ${named(text.slice(start, end))}`, restOf(start, text), text)
    case 'TAG_RESOLVE_FAILED':
      return unquoted(`YAML takes ${named(text.slice(start, end))} for a tag`, restOf(start, text), text)
    case 'BAD_DQ_ESCAPE': {
      const hint = 'double each backslash, or use single quotes'
      const escape = text.slice(start, start + 2)
      return { ...SYNTAX, isLocal: true, message: `${named(escape)} means nothing in double quotes`, hint }
    }
    case 'MISSING_CHAR':
      return missingCharacter(error.message, range, text)
    case 'UNEXPECTED_TOKEN':
      return unexpected(error.message, range, text)
    default:
      return { ...SYNTAX, message: error.message }
  }
}

/** @param range all of the value that belongs in quotes */
function unquoted(message: string, [start, end]: OffsetRange, text: string): Wording {
  const value = text.slice(start, end).trimEnd()
  return { ...UNQUOTED, range: [start, start + value.length], message, hint: quotingHint(value) }
}

/** The same for the value that an offset is in. */
function unquotedAround(message: string, offset: number, text: string): Wording {
  const range = valueAround(text, offset)
  return range === undefined ? { ...UNQUOTED, message } : unquoted(message, range, text)
}

function badIndent(message: string, start: number, text: string): Wording {
  const closer = /^Flow .* end with a (.)$/.exec(message)?.[1]
  if (closer !== undefined) {
    const opening = openBracket(text, start)
    return {
      ...SYNTAX,
      range: [opening, opening + 1],
      message: 'this bracket is never closed',
      hint: `add a ${closer}`,
    }
  }
  const hint = 'keys of one map start at the same column; so do the `-` of one list'
  return {
    ...INDENTATION,
    range: wordAt(text, start),
    message: 'this line starts at another column than the lines it belongs to',
    hint,
  }
}

/** A value and the line below it, read as one key: that line is deeper than its neighbours. */
function deeperLine([start, end]: OffsetRange, text: string): Wording {
  const [unspaced] = /^[\w-]+:\S*/.exec(text.slice(start, end)) ?? []
  if (unspaced !== undefined) {
    const message = `${named(unspaced)} is no key: a space is missing behind its colon`
    return { ...SYNTAX, range: [start, start + unspaced.length], message, hint: 'write a space behind the colon' }
  }
  return {
    ...INDENTATION,
    range: wordAt(text, lineOf(text, end - 1)[0]),
    message: 'this line is deeper than the one above, which has a value of its own',
    hint: 'start it at the column of the key above',
  }
}

function missingCharacter(message: string, range: OffsetRange, text: string): Wording {
  const quote = /closing (["'])/.exec(message)?.[1]
  if (quote !== undefined) {
    const opening = text.lastIndexOf(quote, range[0] - 1)
    return { ...SYNTAX, range: [opening, opening + 1], message: 'this quote is never closed', hint: `add a ${quote}` }
  }
  if (message.startsWith('Implicit map keys')) {
    const hint = 'a key is followed by a colon and a space; an entry of a list starts with `- `'
    return { ...SYNTAX, message: `${named(text.slice(...range))} is no key: no colon follows`, hint }
  }
  if (message.startsWith('Missing , or :')) {
    return unquotedAround(CUT, range[0], text)
  }
  return { ...SYNTAX, message }
}

function unexpected(message: string, [start, end]: OffsetRange, text: string): Wording {
  const variable = /^\$\{[^}\n]*\}/.exec(text.slice(start - 1, lineOf(text, start)[1]))?.[0]
  if (variable !== undefined) {
    return unquoted(`inside { } YAML cuts ${named(variable)}`, [start - 1, start - 1 + variable.length], text)
  }
  if (message.startsWith('Unexpected scalar at node end')) {
    return unquotedAround('the value ends with its closing quote or bracket, and more follows', start, text)
  }
  if (/^Unexpected flow-(?:seq|map)-start at node end/.test(message)) {
    return { ...unquotedAround(CUT, start, text), isLocal: false }
  }
  if (message.startsWith('Unexpected block-seq-ind')) {
    return {
      ...SYNTAX,
      message: "a list can't start on the line of its key",
      hint: 'start it on the next line, or write [ ]',
    }
  }
  if (/^(?:Block scalar header|Not a YAML token)/.test(message)) {
    return unquotedAround(
      '`|` or `>` starts a text on the lines below: nothing may follow on its own line',
      start,
      text,
    )
  }
  return { ...SYNTAX, message: `${named(text.slice(start, end))} can't stand here` }
}

/** From the first to behind the last character of the line that an offset is on. */
function lineOf(text: string, offset: number): OffsetRange {
  const end = text.indexOf('\n', offset)
  return [text.lastIndexOf('\n', offset - 1) + 1, end === -1 ? text.length : end]
}

/** The value that starts at an offset, as far as it was meant to go on its line. */
function restOf(start: number, text: string): OffsetRange {
  const [lineStart, lineEnd] = lineOf(text, start)
  return [start, lineStart + unquotedEnd(text.slice(lineStart, lineEnd), start - lineStart)]
}

/**
 * The value without quotes that an offset is in: the rest of the line behind `key: `, inside `{ }` and `[ ]` the part
 * of it that was meant as one value. Undefined where that isn't to be seen.
 */
function valueAround(text: string, offset: number): OffsetRange | undefined {
  const [lineStart, lineEnd] = lineOf(text, offset)
  const before = text.slice(lineStart, offset)
  if (!isTorn(before)) return [lineStart + (/^[\s-]*[\w-]+:\s+/.exec(before)?.[0].length ?? 0), lineEnd]
  const start = lineStart + (/^.*(?::\s|[\s,:[{][[{])\s*(?:[[{]\s*)*/.exec(before)?.[0].length ?? before.length)
  const range = restOf(start, text)
  return range[1] > offset ? range : undefined
}

/** The last bracket before an offset that nothing closes up to there. */
function openBracket(text: string, offset: number): number {
  let closed = 0
  for (let index = offset - 1; index >= 0; index--) {
    if ('}]'.includes(text[index]!)) closed++
    else if ('{['.includes(text[index]!) && closed-- === 0) return index
  }
  return offset
}

/** The first word of the line that an offset is on. */
function wordAt(text: string, offset: number): OffsetRange {
  const [start, end] = lineOf(text, offset)
  const [, indent = '', first = ''] = /^(\s*)(\S*)/.exec(text.slice(start, end)) ?? []
  return [start + indent.length, start + indent.length + first.length]
}

/** What ends too early is noticed at the end of the file, behind empty lines that nobody sees. */
function clamp([start, end]: OffsetRange, text: string): OffsetRange {
  const last = text.trimEnd().length
  return start <= last ? [start, end] : [last, last]
}

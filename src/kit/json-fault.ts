import { quote } from './text.ts'

/** Where a text stops being JSON (an offset in UTF-16 units), and why. */
export interface JsonFault {
  readonly offset: number
  readonly problem: string
}

/** What may come next, outside of strings, numbers and words. */
type Expected = 'value' | 'first element' | 'first key' | 'key' | 'colon' | 'comma' | 'end'

const PHRASES: Readonly<Record<Exclude<Expected, 'comma'>, string>> = {
  value: 'a value',
  'first element': 'a value or "]"',
  'first key': 'a key in double quotes or "}"',
  key: 'a key in double quotes',
  colon: '":" after the key',
  end: 'nothing more after the value',
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y
const FOUND = /[\p{L}\p{N}_$.+-]{1,40}|[^]/uy
/** What other languages write. Of anything else only the first character is told: it may be a secret, and end in a log. */
const KNOWN = new Set([
  'NaN',
  'Infinity',
  '-Infinity',
  '+Infinity',
  'undefined',
  'nil',
  'None',
  'True',
  'False',
  'TRUE',
  'FALSE',
])
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const SPACE = new Set([' ', '\t', '\n', '\r'])

/**
 * Finds what `JSON.parse` refuses; undefined where it refuses nothing. For error messages: V8's own say neither where
 * (in short texts) nor, safely, what, because they repeat the input.
 *
 * Takes no stack, however deep the text is.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  return new JsonScan(text).run()
}

class JsonScan {
  readonly #text: string
  #offset = 0
  #expected: Expected = 'value'
  /** The closing characters of what is open, outermost first. */
  readonly #open: ('}' | ']')[] = []

  constructor(text: string) {
    this.#text = text
  }

  run(): JsonFault | undefined {
    for (;;) {
      while (SPACE.has(this.#text[this.#offset]!)) this.#offset++
      if (this.#offset >= this.#text.length) return this.#expected === 'end' ? undefined : this.#fault()
      const fault = this.#step(this.#text[this.#offset]!)
      if (fault !== undefined) return fault
    }
  }

  /** Takes one token. */
  #step(character: string): JsonFault | undefined {
    switch (this.#expected) {
      case 'value':
        return this.#value(character)
      case 'first element':
        return character === ']' ? this.#close() : this.#value(character)
      case 'first key':
        return character === '}' ? this.#close() : this.#string(character, 'colon')
      case 'key':
        return this.#string(character, 'colon')
      case 'colon':
        return character === ':' ? this.#take(1, 'value') : this.#fault()
      case 'comma':
        if (character === this.#open.at(-1)) return this.#close()
        if (character !== ',') return this.#fault()
        return this.#take(1, this.#open.at(-1) === '}' ? 'key' : 'value')
      case 'end':
        return this.#fault()
    }
  }

  #value(character: string): JsonFault | undefined {
    if (character === '{') {
      this.#open.push('}')
      return this.#take(1, 'first key')
    }
    if (character === '[') {
      this.#open.push(']')
      return this.#take(1, 'first element')
    }
    if (character === '"') return this.#string(character, this.#afterValue())
    const length = this.#match(NUMBER) || this.#match(WORD)
    return length === 0 ? this.#fault() : this.#take(length, this.#afterValue())
  }

  #string(character: string, next: Expected): JsonFault | undefined {
    if (character !== '"') return this.#fault()
    let end = this.#offset + 1
    for (;;) {
      const code = this.#text.charCodeAt(end)
      if (code === 0x22) return this.#take(end + 1 - this.#offset, next)
      if (Number.isNaN(code))
        return { offset: this.#offset, problem: 'a text in double quotes that begins here never ends' }
      if (code < 0x20) return { offset: end, problem: `${quote(this.#text[end]!)} must be escaped in a text` }
      if (code !== 0x5c) end++
      else {
        const length = this.#match(ESCAPE, end)
        if (length === 0) return { offset: end, problem: 'a backslash that begins no escape, such as \\n or \\u0041' }
        end += length
      }
    }
  }

  #close(): undefined {
    this.#open.pop()
    return this.#take(1, this.#afterValue())
  }

  #take(length: number, next: Expected): undefined {
    this.#offset += length
    this.#expected = next
  }

  #afterValue(): Expected {
    return this.#open.length > 0 ? 'comma' : 'end'
  }

  #match(pattern: RegExp, at: number = this.#offset): number {
    pattern.lastIndex = at
    return pattern.exec(this.#text)?.[0].length ?? 0
  }

  #fault(): JsonFault {
    const phrase = this.#expected === 'comma' ? `"," or "${this.#open.at(-1)}"` : PHRASES[this.#expected]
    if (this.#offset >= this.#text.length) {
      const problem = this.#text.trim() === '' ? 'it is empty' : `it ends where ${phrase} is expected`
      return { offset: this.#text.length, problem }
    }
    FOUND.lastIndex = this.#offset
    const found = FOUND.exec(this.#text)?.[0] ?? ''
    const [first = ''] = found
    const shown = first === found || KNOWN.has(found) ? found : `${first}…`
    return { offset: this.#offset, problem: `expected ${phrase}, got ${quote(shown)}` }
  }
}

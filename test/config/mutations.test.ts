import { readFileSync } from 'node:fs'
import { fc, test as property } from '@fast-check/vitest'
import { expect } from 'vitest'
import { ConfigError, isProblemCode } from '../../src/config/errors.ts'
import { renderConfigError } from '../../src/config/render.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { load } from './loading.ts'

const FOLDER = new URL('../../config/', import.meta.url)
const registry = createRegistry()
const FILES = ['payments', 'dead-letters', 'redact', 'shell-filter', 'overflow'].map((name) =>
  readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8').replaceAll('./plugins/', `${FOLDER.pathname}plugins/`),
)

/** What an editor, a merge or a tired hand makes of a text. The first number chooses a place, the second another. */
type Slip = (text: string, one: number, other: number) => string

const lines = (change: (lines: string[], one: number, other: number) => void): Slip => {
  return (text, one, other) => {
    const all = text.split('\n')
    change(all, one % all.length, other % all.length)
    return all.join('\n')
  }
}

const SLIPS: Readonly<Record<string, Slip>> = {
  'a line is gone': lines((all, one) => void all.splice(one, 1)),
  'a line stands twice': lines((all, one) => void all.splice(one, 0, all[one]!)),
  'two lines have changed places': lines((all, one, other) => {
    ;[all[one], all[other]] = [all[other]!, all[one]!]
  }),
  'a line is at another depth': lines((all, one, other) => {
    all[one] = other % 2 === 0 ? ` ${all[one]!}` : all[one]!.replace(/^ {1,2}/, '')
  }),
  'a line is a comment': lines((all, one) => void (all[one] = `#${all[one]!}`)),
  'a line is cut': lines((all, one, other) => void (all[one] = all[one]!.slice(0, other % (all[one]!.length + 1)))),
  'a line has lost its end': lines((all, one) => void all.splice(one, 2, all[one]! + (all[one + 1] ?? ''))),
  'a character is gone': (text, one) => text.slice(0, one % text.length) + text.slice((one % text.length) + 1),
  'two characters have changed places': (text, one) => {
    const at = one % text.length
    return text.slice(0, at) + (text[at + 1] ?? '') + text[at]! + text.slice(at + 2)
  },
  'a character is another one': (text, one, other) => {
    const signs = ':-{}[],&*#?|<>=!%@`"\'$\t\n 0aZ_.~\\\u00e9\u202e'
    const at = one % text.length
    return text.slice(0, at) + signs[other % signs.length]! + text.slice(at + 1)
  },
  'the file is cut': (text, one) => text.slice(0, one % text.length),
  'the file has lost its beginning': (text, one) => text.slice(one % text.length),
  'the file stands twice': (text) => text + text,
}

const damaged = fc
  .record({
    file: fc.constantFrom(...FILES),
    slips: fc.array(fc.tuple(fc.constantFrom(...Object.keys(SLIPS)), fc.nat(100_000), fc.nat(100_000)), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map(({ file, slips }) => slips.reduce((text, [slip, one, other]) => text && SLIPS[slip]!(text, one, other), file))

property.prop([damaged], { numRuns: 150 })(
  'a file that comes with Sluice, damaged, loads or is told what is wrong, in the file, with what to do (property)',
  async (text) => {
    const outcome = await load(text, { registry, environment: {} }).catch((error: unknown) => error)
    if (!(outcome instanceof ConfigError)) {
      expect(outcome).toHaveProperty('spec')
      return
    }
    const count = text.split('\n').length
    expect(outcome.problems.length).toBeGreaterThan(0)
    for (const { code, line = 0, column = 0, message, hint } of outcome.problems) {
      expect(isProblemCode(code)).toBe(true)
      expect([line > 0, line <= count, column > 0]).toEqual([true, true, true])
      expect(message).not.toMatch(/^$|undefined|\[object|\n|\bat \/|\p{Cc}/u)
      expect(hint ?? message, 'what to do').toMatch(hint === undefined ? /\b(expected|must|needs|write)\b/ : /./)
    }
    const shown = renderConfigError(outcome)
    expect(shown).toContain(outcome.problems[0]!.message)
    expect(shown).not.toMatch(/^\s+at .*:\d+\)?$/m)
  },
)

import { test as property, fc } from '@fast-check/vitest'
import { describe } from 'vitest'
import { check, guardBuiltIns } from './sandbox.ts'

guardBuiltIns()

describe('fuzz', () => {
  property.prop([fc.string({ unit: 'binary', maxLength: 60 })], { numRuns: 2_000 })(
    'any text compiles or is refused with an error of ours (property)',
    (text) => check(text),
  )

  const NAMES = 'data key headers id lower min length coalesce undefined null true x process name list map call'
  const TRAPS = 'constructor __proto__ prototype toString arguments caller "constructor" \\u0061 # @ // /* /a/'
  const SYNTAX = '. ?. [ ] ( ) { } , : ? ... ` ${ }` " \' + - * / % ** < >= === !== == = => && || ?? ! ~ ++ ;'
  const KEYWORDS = 'typeof in instanceof void delete new this function async await class import yield'
  const LITERALS = '0 1 1n 1e9 "a" `a`'
  const WORDS = [NAMES, TRAPS, SYNTAX, KEYWORDS, LITERALS].flatMap((words) => words.split(' ')).concat(' ', '\n')

  property.prop([fc.array(fc.constantFrom(...WORDS), { maxLength: 14 })], { numRuns: 5_000 })(
    'words of the language in any order give data or an error of ours (property)',
    (words) => {
      check(words.join(''))
      check(words.join(' '))
    },
  )

  const { node } = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom(
        'data',
        'key',
        'headers',
        'id',
        '1',
        '"constructor"',
        '"__proto__"',
        '"call"',
        'null',
        'undefined',
        '[]',
      ),
      fc
        .tuple(tie('node'), fc.constantFrom('list', 'name', 'map', 'call', 'length', 'nested', 'caller', 'at'))
        .map(([object, name]) => `(${object}).${name}`),
      fc.tuple(tie('node'), tie('node')).map(([object, name]) => `(${object})[${name}]`),
      fc
        .tuple(tie('node'), fc.constantFrom('+', '??', '&&', '||', 'in', '===', '<'), tie('node'))
        .map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
      fc
        .tuple(fc.constantFrom('lower', 'length', 'string', 'coalesce', 'date'), tie('node'))
        .map(([name, value]) => `${name}(${value})`),
      tie('node').map((inner) => `{ ...(${inner}), a: (${inner}) }`),
      tie('node').map((inner) => `[\`\${${inner}}\`, ${inner}]`),
    ),
  }))

  property.prop([node], { numRuns: 5_000 })('whatever compiles reaches nothing but data (property)', (text) =>
    check(text),
  )
})

import { describe, expect, test } from 'vitest'
import { compileExpression } from '../../../src/kit/expression/compile.ts'
import { messageOf } from './message.ts'
import { check, guardBuiltIns, MESSAGE } from './sandbox.ts'

guardBuiltIns()

describe('no way out', () => {
  test.each([
    'data.constructor.constructor("return process")()',
    'data["constructor"]["constructor"]("return globalThis")()',
    '"".constructor.constructor("return this")()',
    '[].constructor',
    '(1).constructor',
    'data.__proto__',
    '{ __proto__: null }',
    '{ "__proto__": data }',
    'data.__defineGetter__("x", 1)',
    'data.__lookupGetter__("__proto__")',
    'data.\\u0063onstructor',
    'data["\\x63onstructor"]',
    'data[`constructor`].constructor("return 1")()',
    'Object.getPrototypeOf(data)',
    'Object.prototype.polluted = 1',
    'Reflect.get(data, "x")',
    'globalThis',
    'global.process',
    'process.exit(1)',
    'require("node:child_process")',
    'import("node:fs")',
    'import.meta.url',
    'module',
    'exports',
    'this',
    'this.constructor',
    'self',
    'window',
    'arguments',
    'arguments.callee.caller',
    'message',
    'message.envelope',
    'library',
    'library.own',
    'own',
    'own(data, "x")',
    'has(data, "x")',
    'failed',
    'failed(1)',
    'source',
    'count',
    'error',
    'eval("1")',
    'Function("return this")()',
    'new Function("return this")()',
    'setTimeout("1")',
    '(() => { return this })()',
    '(function () { return this })()',
    '(async () => 1)()',
    'class { static { } }',
    'lower.constructor',
    'lower.call(data)',
    'min["constructor"]("return this")()',
    'min.apply(data, [1])',
    'lower`${data}`',
    'data.name.replace("x", 1)',
    'data.list.map',
    'data.list["map"]',
    'data.list.push(1)',
    'data.amount = 2',
    'data.amount++',
    'delete data.amount',
    '[data.amount] = [2]',
    '({ amount: data.amount } = { amount: 2 })',
    'data.x ??= 1',
    '`${{ toString: 1 }}`',
    '`${data.constructor}`',
    '{ ...data.constructor }',
    '{ ...globalThis }',
    '"constructor" in data',
    'data instanceof Object',
    'super.x',
    'new.target',
    'yield 1',
    'await import("node:fs")',
    '#x in data',
    'data.#x',
    '1) + (process',
    '1 } catch { } return process; try { 1',
    '`${process}`',
    '"\\u2028"; process',
    '1//\n;process',
    '/*',
    '*/',
    '<!--',
    '-->',
    '`\\`+process+\\``',
    '${process}',
    '"${process}"',
    '`$${"{process}"}`',
    '"\\"; process; \\""',
    "'\\'; process; \\''",
    'a = b',
    'let x = 1',
    'if (1) 1',
    '{ return 1 }',
    ';',
    'debugger',
    'async',
    'undefined = 1',
    '"use strict"',
  ])('%s', (text) => check(text))

  test('text that looks like code stays text', () => {
    for (const text of ['${process.exit(1)}', '`', '\\', '"', "'", '\n', '*/', '${`', '\u2028']) {
      expect(compileExpression(JSON.stringify(text))(MESSAGE)).toBe(text)
      expect(compileExpression(`\`\${${JSON.stringify(text)}}\``)(MESSAGE)).toBe(text)
      expect(compileExpression(`{ ${JSON.stringify(text)}: 1 }`)(MESSAGE)).toEqual({ [text]: 1 })
      expect(compileExpression(`data[${JSON.stringify(text)}]`)(MESSAGE)).toBeUndefined()
    }
  })

  test('a function in the data is not read from', () => {
    const message = messageOf({ call: Object.assign(() => 1, { own: 1 }), name: 'prototype', type: class {} })
    expect(compileExpression('data.type[data.name]')(message)).toBeUndefined()
    expect(compileExpression('data.call["o" + "wn"]')(message)).toBeUndefined()
    expect(compileExpression('data.call.caller')(message)).toBeUndefined()
  })
})

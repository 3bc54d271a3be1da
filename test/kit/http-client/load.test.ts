import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { loadOf, writeLoad, type Form } from '../../../src/kit/http-client/load.ts'
import { messagesOf } from '../../support/loose.ts'

function written(values: readonly unknown[], form: Form = 'array') {
  const failed: Message[] = []
  const load = loadOf(messagesOf(values), () => false)
  const { text, load: kept } = writeLoad(load, form, (message) => void failed.push(message))
  return { text, kept: kept.messages.map(({ data }) => data), failed: failed.map(({ data }) => data) }
}

describe('what a request carries', () => {
  test('a null that is one is written', () => {
    const values = [null, { a: null }, 'null', 0, false, new Date(NaN)]
    const given = written(values)
    expect(JSON.parse(given.text.replaceAll('\n', ''))).toEqual([null, { a: null }, 'null', 0, false, null])
    expect(given).toMatchObject({ kept: values, failed: [] })
  })

  test.each([
    ['nothing', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['what gives nothing', { toJSON: () => undefined }],
    ['a number that JSON lacks', { a: null, b: [NaN] }],
    ['what holds itself', cycle()],
  ])('%s fails by itself, and is left out', (_, value) => {
    const given = written([1, value, { b: 2 }])
    expect(JSON.parse(given.text)).toEqual([1, { b: 2 }])
    expect(given).toMatchObject({ kept: [1, { b: 2 }], failed: [value] })
  })

  test('a line each, where it is asked for so', () => {
    expect(written([1, NaN, { b: null }], 'lines')).toEqual({
      text: '1\n{"b":null}\n',
      kept: [1, { b: null }],
      failed: [NaN],
    })
  })
})

function cycle(): unknown {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}

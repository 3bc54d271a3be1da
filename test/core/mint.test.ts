import { describe, expect, test } from 'vitest'
import type { MessageDetails } from '../../src/core/component.ts'
import { codeOf, kernel, stuck, Source } from '../support/kernel.ts'

/** What is said of a message with such details. */
function told(details: unknown): string {
  const source = new Source({ queue: {} })
  kernel({ source: { component: source.component }, stuck: { component: stuck, from: ['source'] } })
  try {
    source.context.message('data', details as MessageDetails)
    return 'made'
  } catch (error) {
    return `${codeOf(error)}: ${(error as Error).message}`
  }
}

describe('details of a message', () => {
  test.each([
    [{ wireBytes: NaN }, 'its size is a number of bytes, not NaN'],
    [{ sizeBytes: -1 }, 'its size is a number of bytes, not -1'],
    [{ sizeBytes: Infinity }, 'its size is a number of bytes, not Infinity'],
    [{ sizeBytes: '7' }, 'its size is a number of bytes, not a value of type string'],
    [{ priority: 10 }, 'its priority is an integer from 0 to 9, not 10'],
    [{ key: {} }, 'its key is a string, not a value of type object'],
    [{ time: 'now' }, 'its time is in ms since 1970, not a value of type string'],
    [{ deadline: NaN }, 'its deadline is in ms since 1970, not NaN'],
    [{ position: 7 }, 'its position is a text, not 7'],
    [{ position: '' }, 'its position is a text, not an empty one'],
    [{ id: 7 }, 'its id is a text, not 7'],
    [{ id: '' }, 'its id is a text, not an empty one'],
    [{ attempt: 0 }, 'its attempt is a count from 1 on, not 0'],
    [{ attempt: 1.5 }, 'its attempt is a count from 1 on, not 1.5'],
    [{ attempt: '2' }, 'its attempt is a count from 1 on, not a value of type string'],
    [{ headers: 'a: b' }, 'its headers are an object of texts, not a value of type string'],
    [{ headers: ['a'] }, 'its headers are an object of texts, not a list'],
    [{ headers: null }, 'its headers are an object of texts, not null'],
    [{ headers: { tries: 3 } }, 'its header "tries" is a text, not 3'],
    [{ headers: { trace: undefined } }, 'its header "trace" is a text, not a value of type undefined'],
    ['7', 'its details are an object, not a value of type string'],
    [null, 'its details are an object, not null'],
  ])('%o makes no message', (details, rule) => {
    expect(told(details)).toBe(`SLUICE_MESSAGE_INVALID: a message can't be made so: ${rule}`)
  })

  test.each([
    [{}],
    [{ position: '7', headers: {} }],
    [{ id: 'orders:7', attempt: 3 }],
    [{ headers: { trace: '1' } }],
    [{ wireBytes: 0 }],
    [{ sizeBytes: 1e12, priority: 0, key: '', time: -1, deadline: 0 }],
  ])('%o makes one', (details) => {
    expect(told(details)).toBe('made')
  })

  test('a message that was one before keeps its id and its attempt, and uses up no position', () => {
    const source = new Source({ queue: {} })
    kernel({ source: { component: source.component }, stuck: { component: stuck, from: ['source'] } })
    const { context } = source
    const before = context.message('a').id
    const made = context.message('b', { id: 'orders:7/0', attempt: 3, key: 'k', headers: { trace: '1' } })
    expect(made).toMatchObject({ id: 'orders:7/0', attempt: 3, key: 'k', headers: { trace: '1' }, data: 'b' })
    expect(made.with('c').id).toBe('orders:7/0')
    const places = [before, context.message('c').id].map((id) => Number(id.slice(id.lastIndexOf('-') + 1)))
    expect(places[1]).toBe(places[0]! + 1)
  })
})

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
    [{ headers: { trace: '1' } }],
    [{ wireBytes: 0 }],
    [{ sizeBytes: 1e12, priority: 0, key: '', time: -1, deadline: 0 }],
  ])('%o makes one', (details) => {
    expect(told(details)).toBe('made')
  })
})

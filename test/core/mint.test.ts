import { describe, expect, test } from 'vitest'
import { codeOf, kernel, stuck, Source } from '../support/kernel.ts'

/** What is said of a message with such details. */
function told(details: object): string {
  const source = new Source({ queue: {} })
  kernel({ source: { component: source.component }, stuck: { component: stuck, from: ['source'] } })
  try {
    source.context.message('data', details)
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
  ])('%o makes no message', (details, rule) => {
    expect(told(details)).toBe(`SLUICE_MESSAGE_INVALID: a message can't be made so: ${rule}`)
  })

  test.each([[{}], [{ wireBytes: 0 }], [{ sizeBytes: 1e12, priority: 0, key: '', time: -1, deadline: 0 }]])(
    '%o makes one',
    (details) => {
      expect(told(details)).toBe('made')
    },
  )
})

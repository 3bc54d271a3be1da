import { describe, expect, test } from 'vitest'
import { readOptions } from '../../bench/options.js'
import { UsageError } from '../../bench/program.js'

describe('bench options', () => {
  test('15 pairs of a second by default', () => {
    expect(readOptions([])).toEqual({ filters: [], pairs: 15, seconds: 1, json: undefined, cpu: false, help: false })
  })

  test('--quick takes 3 pairs, and --pairs decides over it', () => {
    expect(readOptions(['--quick']).pairs).toBe(3)
    expect(readOptions(['--pairs', '20', '--quick'])).toMatchObject({
      pairs: 20,
      seconds: readOptions(['--quick']).seconds,
    })
  })

  test.each([
    [['--pairs', '0']],
    [['--pairs', 'ten']],
    [['--pairs', '1.5']],
    [['--pears', '3']],
    [['surplus']],
    [['--json']],
  ])('%j is refused', (args) => {
    expect(() => readOptions(args)).toThrow(UsageError)
  })
})

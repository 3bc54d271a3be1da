import { describe, expect, test } from 'vitest'
import { isReached, table, type Row } from '../../bench/table.js'

const row: Row = {
  case: '4 stages',
  unit: 'messages/s',
  peer: 'a peer',
  sluice: 31_400_000,
  figure: 29_000_000,
  ratio: { median: 1.08, low: 1.01, high: 1.2 },
  pairs: 15,
  failures: 0,
  goal: 0.95,
}

describe('table', () => {
  test('a row names case, peer, both rates, the ratio with its interval, the goal and failures', () => {
    const line = table([row])
      .split('\n')
      .find((text) => text.includes('a peer'))!
    expect(line.split(/ {2,}/)).toEqual([
      '4 stages',
      'a peer',
      '31.40 M',
      '29.00 M',
      '1.08',
      '1.01 – 1.20',
      'reached 0.95',
      '15',
      '0',
    ])
  })

  test('all lines are equally wide', () => {
    const lines = table([row, { ...row, peer: 'a peer with a long name', failures: 12_345 }])
      .trimEnd()
      .split('\n')
      .slice(2)
    expect(lines).toHaveLength(3)
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1)
  })

  test.each([
    ['the median is at it and the interval reaches 10 % below', { median: 0.95, low: 0.856, high: 1 }, true],
    ['the median is below it', { median: 0.94, low: 0.93, high: 0.95 }, false],
    ['the interval reaches further below', { median: 0.96, low: 0.85, high: 1 }, false],
  ])('a goal, when %s', (_when, ratio, reached) => {
    expect(isReached({ ...row, ratio })).toBe(reached)
  })
})

import { describe, expect, test } from 'vitest'
import { familyOf } from '../../src/daemon/metric-family.ts'

describe('what components name themselves', () => {
  type Counts = Readonly<Record<string, number>>
  const family = familyOf<Counts, Counts>({
    title: 'x',
    labels: { node: () => 'n' },
    sources: (counts) => [counts],
    metrics: { x_total: { help: 'x', by: 'event', read: (counts) => counts } },
  })
  const shown = (counts: Counts) =>
    family.metrics[0]!.samples(counts).map(({ labels, value }) => [labels['event'], value])

  test('is shown by name for the first hundred, and together for the others', () => {
    const counts = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`event ${index}`, 2]))
    const samples = shown(counts)
    expect(samples).toHaveLength(101)
    expect(samples[99]).toEqual(['event 99', 2])
    expect(samples[100]).toEqual(['other', 100])
  })

  test('is cut, and counted together where it is the same then', () => {
    const long = 'x'.repeat(100)
    expect(shown({ [`${long}a`]: 1, [`${long}b`]: 2 })).toEqual([[`${long}…`, 3]])
  })

  test('is left out where it is no count', () => {
    expect(shown({ a: Number.NaN, b: -1, c: Infinity, d: 0 })).toEqual([['d', 0]])
  })
})

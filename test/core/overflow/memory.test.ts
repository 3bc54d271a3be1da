import { describe, expect, test } from 'vitest'
import { OVERFLOW_DEFAULTS, type OverflowSpec } from '../../../src/core/overflow-plan.ts'
import { overflowBytesIn } from '../../../src/core/plan.ts'
import { consumer, kernel, Source } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'

const MEBIBYTE = 1024 ** 2

describe('D22, overflow: what waits in memory where nothing is said', () => {
  const sink = consumer(() => ({ each: () => undefined }))
  const held = new HeldStore()

  function bytesWith(memoryBytes: number, ...overflows: readonly OverflowSpec[]): number {
    const from = (overflow: OverflowSpec) => [{ from: 'source', overflow }]
    const nodes = overflows.map((each, at) => ({ name: `sink${at}`, component: sink, settings: {}, from: from(each) }))
    return overflowBytesIn({ nodes, memoryBytes })
  }

  test('is 64 MiB, where all overflows with what they read ahead take no more than a third of the pipeline', () => {
    expect(bytesWith(288 * MEBIBYTE, held.overflow())).toBe(OVERFLOW_DEFAULTS.memoryBytes)
    expect(bytesWith(144 * MEBIBYTE, held.overflow())).toBe(32 * MEBIBYTE)
    expect(bytesWith(144 * MEBIBYTE, held.overflow(), held.overflow())).toBe(16 * MEBIBYTE)
  })

  test('is not divided by those that say it, and never so little that nothing gets on', () => {
    const told = held.overflow({ memory: { bytes: MEBIBYTE } })
    expect(bytesWith(144 * MEBIBYTE, held.overflow(), told)).toBe(32 * MEBIBYTE)
    expect(bytesWith(MEBIBYTE, held.overflow())).toBe(MEBIBYTE)
  })

  test('is what its edge holds', () => {
    const source = new Source({ upTo: 1 })
    const { graph } = kernel(
      {
        source: { component: source.component, settings: { durable: held.overflow() } },
        sink: { component: sink, from: [{ from: 'source', overflow: held.overflow() }] },
      },
      { memoryBytes: 144 * MEBIBYTE },
    )
    expect(graph.overflows.map(({ plan }) => plan.window.bytes)).toEqual([16 * MEBIBYTE, 16 * MEBIBYTE])
  })
})

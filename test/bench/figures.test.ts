import { describe, expect, test } from 'vitest'
import { FIGURE_CASES } from '../../bench/cases.js'
import type { Build } from '../../bench/contract.js'
import { figureTable, isMet, type FigureRow } from '../../bench/figure-table.js'
import { measureFigure } from '../../bench/pairs.js'
import { figureResultsOf } from '../../bench/results.js'
import * as core from '../../src/core/index.ts'
import { start } from '../../src/daemon/start.ts'

const TINY_SECONDS = 0.02

const sources: Build = {
  core,
  start,
  stage: async (name) => (await import(`../../src/stages/${name}.ts`)).default,
  producer: async (name) => (await import(`../../src/producers/${name}.ts`)).default,
  consumer: async (name) => (await import(`../../src/consumers/${name}.ts`)).default,
  overflow: () => import('../../src/overflow/spill/embedded.ts'),
  redisOverflow: () => import('../../src/overflow/redis-store/redis.ts'),
}

describe.each(FIGURE_CASES)('bench: $name', ({ sluice, peers }) => {
  test.each(Object.entries({ sluice, ...peers }))('%s gives a figure, and nothing fails', async (_who, load) => {
    const gauge = await load(sources)
    const { value, failures } = await gauge(TINY_SECONDS)
    expect(failures).toBe(0)
    expect(value).toBeGreaterThanOrEqual(0)
    expect(value).toBeLessThan(Infinity)
  })
})

const row: FigureRow = {
  case: 'start',
  unit: 'ms',
  peer: 'node -e 0',
  sluice: 250,
  figure: 40,
  excess: { median: 210, low: 200, high: 230 },
  pairs: 15,
  failures: 0,
  most: 400,
  least: undefined,
}

describe('figure table', () => {
  test('a row names the figure, its peer, both values, what it is more, the goal and failures', () => {
    const line = figureTable([row])
      .split('\n')
      .find((text) => text.startsWith('start'))!
    expect(line.split(/ {2,}/)).toEqual([
      'start',
      'node -e 0',
      'ms',
      '250.0',
      '40.0',
      '210.0',
      '200.0 – 230.0',
      'reached 400',
      '15',
      '0',
    ])
  })

  test.each([
    ['the median is at it and the interval reaches 10 % above', { median: 400, low: 300, high: 440 }, true],
    ['the median is above it', { median: 401, low: 300, high: 402 }, false],
    ['the interval reaches further above', { median: 390, low: 300, high: 441 }, false],
  ])('a goal, when %s', (_when, excess, reached) => {
    expect(isMet({ ...row, excess })).toBe(reached)
    expect(figureTable([{ ...row, excess }])).toContain(reached ? 'reached 400' : 'MISSED 400')
  })

  test.each([
    ['the median is at it and the interval reaches 10 % below', { median: 100, low: 90, high: 200 }, true],
    ['the median is below it', { median: 99, low: 98, high: 200 }, false],
    ['the interval reaches further below', { median: 110, low: 89, high: 200 }, false],
  ])('the goal of a rate, when %s', (_when, excess, reached) => {
    const rate = { ...row, unit: 'messages/s', peer: undefined, most: undefined, least: 100, excess }
    expect(isMet(rate)).toBe(reached)
    expect(figureTable([rate])).toContain(reached ? 'reached 100' : 'MISSED 100')
  })
})

const load = () => Promise.reject(new Error('samples are given'))
const settings = (values: readonly number[]) => {
  const left = [...values]
  return { pairs: 3, seconds: 1, take: async () => ({ value: left.shift()!, failures: 1 }) }
}

test('figures: what one is more than its peer is taken within each pair, whose order alternates', async () => {
  const measured = { name: 'start', unit: 'ms', sluice: load, peers: { bare: load }, most: 15 } as const
  const measuredRow = await measureFigure(measured, settings([20, 10, 30, 40, 60, 50]))
  expect(measuredRow).toMatchObject({ sluice: 40, figure: 30, excess: { median: 10, low: 10, high: 10 }, failures: 6 })
  expect(figureResultsOf([measuredRow])).toEqual([
    { figure: 'start', unit: 'ms', sluice: 40, peers: { bare: 30 }, excess: { median: 10, low: 10, high: 10 } },
  ])
})

test('figures: what a gauge takes beside a figure stands in the place of a peer', async () => {
  const left = [7, 5, 6]
  const take = async () => ({ value: left.shift()!, beside: 5, failures: 0 })
  const measured = { name: 'answer', unit: 'ms', sluice: load, peers: {}, beside: '5 x fdatasync', most: 1 } as const
  const measuredRow = await measureFigure(measured, { pairs: 3, seconds: 1, take })
  expect(measuredRow).toMatchObject({
    peer: '5 x fdatasync',
    sluice: 6,
    figure: 5,
    excess: { median: 1, low: 0, high: 2 },
  })
  expect(isMet({ ...measuredRow, excess: { median: -1, low: -2, high: 1 } })).toBe(true)
  expect(isMet(measuredRow)).toBe(false)
})

test('figures: one without a peer is compared with nothing, and taken once for each pair', async () => {
  const measured = { name: 'idle', unit: '% of a CPU', sluice: load, peers: {} } as const
  const measuredRow = await measureFigure(measured, settings([3, 1, 2]))
  expect(measuredRow).toMatchObject({
    sluice: 2,
    figure: undefined,
    excess: { median: 2, low: 1, high: 3 },
    failures: 3,
  })
  expect(figureResultsOf([measuredRow])).toMatchObject([{ peers: {} }])
})

test('figures: every one has a name of its own', () => {
  expect(new Set(FIGURE_CASES.map(({ name }) => name)).size).toBe(FIGURE_CASES.length)
})

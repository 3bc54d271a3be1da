import { expect, test } from 'vitest'
import { z } from 'zod'
import { definePipeline } from '../../src/config/builder.ts'
import type { PipelineBuilder } from '../../src/config/builder-types.ts'
import { each } from '../../src/consumers/each.ts'
import { defineStage } from '../../src/core/component.ts'
import { use } from '../../src/core/configured.ts'
import { messageError } from '../../src/core/errors.ts'
import { start } from '../../src/daemon/start.ts'
import { generate } from '../../src/producers/generate.ts'
import { iterable } from '../../src/producers/iterable.ts'
import { filter } from '../../src/stages/filter.ts'
import { map } from '../../src/stages/map.ts'

/** Runs a pipeline of numbers to its end. @returns what came out, and what failed. */
async function run<T>(build: (p: PipelineBuilder, out: (data: T) => void) => void) {
  const seen: T[] = []
  const lines: string[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void lines.push(message) }
  const running = await start(
    definePipeline('test', (p) => build(p, (data) => void seen.push(data))),
    { log },
  )
  const [report] = await running.finished
  return { seen, lines, report: report! }
}

test('handlers may be asynchronous, and get message and call', async () => {
  const { seen, report } = await run<string>((p, out) => {
    const numbers = p.producer('numbers', iterable([1, 2, 3, 4]))
    const even = p.stage(
      'even',
      numbers,
      filter(async (n) => Promise.resolve(n % 2 === 0)),
    )
    const named = p.stage(
      'named',
      even,
      map(async (n, { id }, { attempt, signal }) => `${id} ${n} ${attempt} ${signal.aborted}`),
    )
    p.consumer(
      'out',
      named,
      each((text, message) => out(`${text} ${message.key}`)),
      { key: (text) => text.length },
    )
  })
  expect(report.outcome).toBe('finished')
  expect(seen.map((text) => text.replace(/^numbers:\S+ /, ''))).toEqual(
    [2, 4].map((n) => expect.stringMatching(new RegExp(`^${n} 1 false \\d+$`)) as string),
  )
})

test('what a handler throws fails its message, and no other one', async () => {
  const { seen, lines, report } = await run<number>((p, out) => {
    const numbers = p.producer('numbers', iterable([1, 2, 3]))
    const checked = p.stage(
      'checked',
      numbers,
      map((n) => {
        if (n === 2) throw messageError('SHOP_ODD_AMOUNT', 'two is no amount')
        return n
      }),
    )
    p.consumer(
      'out',
      checked,
      each(async (n) => {
        await Promise.resolve()
        if (n === 3) throw new Error('three is too much')
        out(n)
      }),
    )
  })
  expect(seen).toEqual([1])
  expect(lines).toEqual(['a message failed at checked: two is no amount', 'a message failed at out: three is too much'])
  expect(report).toMatchObject({ outcome: 'finished', unanswered: 2 })
})

test('a stage of one’s own is used with its options', async () => {
  const power = defineStage({
    name: 'power',
    summary: 'Raises to a power.',
    options: z.strictObject({ by: z.int().default(2) }),
    create: ({ by }) => ({ map: (n: number) => n ** by }),
  })
  const { seen } = await run<number>((p, out) => {
    const numbers = p.producer('numbers', iterable([1, 2, 3]))
    const squares = p.stage('squares', numbers, use(power))
    p.consumer('out', p.stage('sixth', squares, use(power, { by: 3 })), each(out))
  })
  expect(seen).toEqual([1, 64, 729])
})

test('two definitions of one name are fine: nothing is looked up by it', async () => {
  const twice = (factor: number) =>
    use(
      defineStage({
        name: 'times',
        summary: 'Multiplies.',
        options: z.strictObject({}),
        create: () => ({ map: (n: number) => n * factor }),
      }),
    )
  const { seen } = await run<number>((p, out) => {
    const doubled = p.stage('doubled', p.producer('numbers', iterable([1, 2])), twice(2))
    p.consumer('out', p.stage('sixfold', doubled, twice(3)), each(out))
  })
  expect(seen).toEqual([6, 12])
})

test('what a program gives as an option is neither copied nor frozen', async () => {
  const rows = [{ n: 1 }]
  const { seen } = await run<{ n: number }>((p, out) => {
    p.consumer('out', p.producer('rows', iterable(rows)), each(out))
  })
  expect(seen[0]).toBe(rows[0])
  expect(Object.isFrozen(rows)).toBe(false)
})

test('stop drains what was let in', async () => {
  let seen = 0
  const pipeline = definePipeline('endless', (p) => {
    p.consumer(
      'out',
      p.producer('numbers', generate({ rate: 1000 })),
      each(() => void seen++),
    )
  })
  const running = await start(pipeline)
  const reports = await running.stop()
  expect(reports).toMatchObject([{ pipeline: 'endless', outcome: 'stopped', left: [] }])
  expect(running.statuses).toHaveLength(1)
})

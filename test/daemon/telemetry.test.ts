import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { start } from '../../src/daemon/start.ts'
import { Telemetry } from '../../src/daemon/telemetry.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

function telemetry(intervalMs?: number) {
  const env = new ManualEnv()
  const log = collectingLog()
  const reads: number[] = []
  const read = (): [] => {
    reads.push(env.now())
    return []
  }
  return { env, log, reads, made: new Telemetry({ env, log, intervalMs, read }) }
}

test('stats$: figures are read at once and at each interval, and not at all while nobody listens', () => {
  const { env, reads, made } = telemetry(500)
  env.advance(10_000)
  expect(env.timersSet).toBe(0)
  const one = made.stats$.subscribe(() => {})
  const other = made.stats$.subscribe(() => {})
  env.advance(1_000)
  expect(reads).toEqual([10_000, 10_000, 10_500, 11_000])
  expect(env.timers).toBe(1)
  one.unsubscribe()
  other.unsubscribe()
  env.advance(10_000)
  expect(env.timers).toBe(0)
  expect(reads).toHaveLength(4)
})

test('stats$: the last figures are those of the end, and no timer is left', () => {
  const { env, reads, made } = telemetry()
  const told: string[] = []
  made.stats$.subscribe({ next: () => void told.push('figures'), complete: () => void told.push('complete') })
  env.advance(400)
  made.end()
  expect(told).toEqual(['figures', 'figures', 'complete'])
  expect(reads).toEqual([0, 400])
  expect(env.timers).toBe(0)
})

test.each([0, 9, 3_600_001, Number.NaN])('an interval of %d ms is refused', (intervalMs) => {
  expect(() => telemetry(intervalMs)).toThrow(RangeError)
})

test('an observer that throws at what it is told when it comes is told so, too, and gets what follows', () => {
  const { env, log, made } = telemetry()
  made.tell({ pipeline: 'small', at: 0, type: 'started' })
  made.tell({ pipeline: 'small', at: 0, type: 'draining' })
  let [events, figures] = [0, 0]
  made.events$.subscribe(() => {
    events++
    throw new Error('mine')
  })
  made.stats$.subscribe(() => {
    figures++
    throw new Error('mine')
  })
  made.tell({ pipeline: 'small', at: 0, type: 'finished', outcome: 'stopped' })
  env.advance(1_000)
  expect([events, figures]).toEqual([3, 2])
  const told = (name: string): string => `an observer of \`${name}\` threw, which changes nothing`
  expect(log.lines.map(({ message }) => message)).toEqual(['events$', 'stats$', 'events$', 'stats$'].map(told))
})

test('an observer that throws is told so in the log, and keeps nobody from anything', () => {
  const { log, made } = telemetry()
  const seen: unknown[] = []
  made.events$.subscribe(() => {
    throw new Error('mine')
  })
  made.events$.subscribe(({ type }) => void seen.push(type))
  made.tell({ pipeline: 'small', at: 0, type: 'draining' })
  expect(seen).toEqual(['draining'])
  expect(log.lines.map(({ message }) => message)).toEqual(['an observer of `events$` threw, which changes nothing'])
})

test('events$: the life of a pipeline, from its start, also for who comes when it is over', async () => {
  const running = await start(pipeline())
  await expect(firstValueFrom(from(running.events$))).resolves.toMatchObject({ pipeline: 'small', type: 'node-opened' })
  await running.finished
  const events = await lastValueFrom(from(running.events$).pipe(toArray()))
  expect(events.map((event) => [event.type, 'node' in event ? event.node : undefined])).toEqual([
    ['node-opened', 'numbers'],
    ['node-opened', 'sink'],
    ['started', undefined],
    ['finished', undefined],
  ])
})

test('events$: a stop is told when it begins and when it is over, a failure with its node and error', async () => {
  const stopped = await start(pipeline({ isEndless: true }))
  await stopped.stop()
  const ends = await lastValueFrom(from(stopped.events$).pipe(toArray()))
  expect(ends.slice(-2)).toMatchObject([{ type: 'draining' }, { type: 'finished', outcome: 'stopped' }])
  const error = new Error('broken')
  const failing = await start(pipeline({ producer: { handleDemand: () => Promise.reject(error) } }))
  await failing.finished
  const events = await lastValueFrom(from(failing.events$).pipe(toArray()))
  expect(events.at(-1)).toMatchObject({ type: 'failed', node: 'numbers' })
})

test('stats$: of pipelines that run there are the figures of each', async () => {
  const running = await start([pipeline({ isEndless: true }), pipeline({ name: 'other', isEndless: true })])
  const figures = lastValueFrom(from(running.stats$))
  await running.stop()
  expect(await figures).toMatchObject([
    { pipeline: 'small', restarts: 0, stats: { state: 'finished', acked: 3 } },
    { pipeline: 'other', restarts: 0, stats: { state: 'finished', acked: 3 } },
  ])
})

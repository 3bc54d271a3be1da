import { describe, expect, test } from 'vitest'
import type { PipelineSpec } from '../../src/core/spec.ts'
import { Backoff } from '../../src/daemon/backoff.ts'
import { Metrics } from '../../src/daemon/metrics.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { exitCodeOfReports } from '../../src/daemon/exit-codes.ts'
import { start } from '../../src/daemon/start.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { collectingLog } from './collecting.ts'
import { seriesOf, valueOf } from './exposition.ts'
import { pipeline, type Parts } from './pipelines.ts'

const SECOND = 1000

/** A pipeline whose producer throws outside of every handler at each demand, until it is mended. */
function failing(policy: PipelineSpec['onPipelineFailure'], parts: Parts = {}) {
  const life = { opened: 0, isMended: false }
  const producer = {
    open: () => void life.opened++,
    handleDemand() {
      if (!life.isMended) throw new Error('lost its mind')
      return []
    },
  }
  const spec = pipeline({ isEndless: true, producer, ...parts })
  return { life, spec: policy === undefined ? spec : { ...spec, onPipelineFailure: policy } }
}

function supervised(spec: PipelineSpec) {
  const env = new ManualEnv()
  const log = collectingLog()
  const supervisedPipeline = new Pipeline(spec, { env, log })
  const ends: string[] = []
  void supervisedPipeline.ended.then(({ outcome }) => ends.push(outcome))
  return { env, log, supervisedPipeline, ends }
}

describe('onPipelineFailure: restart', () => {
  test('what somebody has paused stays so when it starts again', async () => {
    let asked = 0
    const producer = { handleDemand: () => void asked++ }
    const { env, supervisedPipeline } = supervised({ ...pipeline({ producer }), onPipelineFailure: 'restart' })
    await supervisedPipeline.open()
    await env.advanceAsync(0)
    supervisedPipeline.pauses.change('pause', supervisedPipeline.graph)
    supervisedPipeline.fail('sink', new Error('lost its mind'))
    const before = asked
    await env.advanceAsync(SECOND)
    expect(supervisedPipeline.status).toMatchObject({
      state: 'running',
      restarts: 1,
      paused: ['numbers'],
      takes: false,
    })
    expect(asked).toBe(before)
    supervisedPipeline.pauses.change('resume', supervisedPipeline.graph)
    await env.advanceAsync(0)
    expect(asked).toBeGreaterThan(before)
  })

  test('a failed pipeline starts again after 1, 2, 4 … seconds, with components made anew', async () => {
    const { spec, life } = failing('restart')
    const { env, log, supervisedPipeline, ends } = supervised(spec)
    await supervisedPipeline.open()
    await env.advanceAsync(0)
    expect(supervisedPipeline.status).toMatchObject({ state: 'failed', restarts: 0, startsAgainInMs: SECOND })
    expect(life.opened).toBe(1)
    await env.advanceAsync(999)
    expect(life.opened).toBe(1)
    await env.advanceAsync(1)
    expect(life.opened).toBe(2)
    await env.advanceAsync(2 * SECOND)
    await env.advanceAsync(4 * SECOND)
    expect(life.opened).toBe(4)
    expect(supervisedPipeline.status).toMatchObject({ restarts: 3, startsAgainInMs: 8 * SECOND })
    life.isMended = true
    await env.advanceAsync(8 * SECOND)
    expect(supervisedPipeline.status).toMatchObject({ state: 'running', restarts: 4, startsAgainInMs: null })
    expect(ends).toEqual([])
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'starts again in 1 s',
      'starts again in 2 s',
      'starts again in 4 s',
      'starts again in 8 s',
    ])
    expect(log.lines.at(-1)).toMatchObject({ message: 'runs again', fields: { pipeline: 'small', restarts: 4 } })
  })

  test('its counters begin anew with each start, and how often it was started is counted', async () => {
    const { spec, life } = failing('restart')
    const { env, supervisedPipeline } = supervised(spec)
    await supervisedPipeline.open()
    await env.advanceAsync(0)
    life.isMended = true
    await env.advanceAsync(SECOND)
    const { figures } = supervisedPipeline
    expect(figures).toMatchObject({ restarts: 1, stats: { state: 'running', admitted: 0 } })
    let now = { restarts: 0, admitted: 10 }
    const metrics = new Metrics(() => [
      { ...figures, restarts: now.restarts, stats: { ...figures.stats, admitted: now.admitted } },
    ])
    const shown: unknown[] = []
    for (now of [now, { restarts: 1, admitted: 2 }, { restarts: 1, admitted: 1 }]) {
      shown.push(valueOf(seriesOf((await metrics.scrape()).text), 'sluice_pipeline_messages_admitted_total'))
    }
    metrics.close()
    expect(shown).toEqual([10, 2, 2])
  })

  test('a stop while it waits ends it at once, as failed', async () => {
    const { spec, life } = failing('restart')
    const { env, supervisedPipeline, ends } = supervised(spec)
    await supervisedPipeline.open()
    await env.advanceAsync(0)
    supervisedPipeline.stop()
    await env.advanceAsync(60 * SECOND)
    expect(ends).toEqual(['failed'])
    expect(life.opened).toBe(1)
    expect(env.timers).toBe(0)
  })

  test('a failure while it stops is its end', async () => {
    const { spec, life } = failing('restart', { consumer: { each: () => new Promise(() => {}) }, stopTimeoutMs: 100 })
    life.isMended = true
    const { env, supervisedPipeline, ends } = supervised(spec)
    await supervisedPipeline.open()
    supervisedPipeline.stop()
    supervisedPipeline.graph.fail(supervisedPipeline.graph.node('sink'), new Error('on the way out'))
    await env.advanceAsync(60 * SECOND)
    expect(ends).toEqual(['failed'])
  })

  test('one that could not be opened in the first place stays down: waiting mends no config', async () => {
    const consumer = { open: () => Promise.reject(new Error('no such place')), each: () => undefined }
    const { env, supervisedPipeline, ends } = supervised({ ...pipeline({ consumer }), onPipelineFailure: 'restart' })
    expect(await supervisedPipeline.open()).toMatchObject({ message: 'no such place' })
    await env.advanceAsync(60 * SECOND)
    expect(ends).toEqual(['failed'])
  })

  test('one that could be opened once is opened again and again', async () => {
    let tries = 0
    const open = () => {
      if (++tries === 2) throw new Error('still in use')
    }
    const { spec, life } = failing('restart', { consumer: { open, each: () => undefined } })
    const { env, supervisedPipeline } = supervised(spec)
    await supervisedPipeline.open()
    await env.advanceAsync(0)
    life.isMended = true
    await env.advanceAsync(SECOND)
    expect(supervisedPipeline.status).toMatchObject({ state: 'failed', restarts: 1, startsAgainInMs: 2 * SECOND })
    await env.advanceAsync(2 * SECOND)
    expect(supervisedPipeline.status).toMatchObject({ state: 'running', restarts: 2 })
  })
})

describe('onPipelineFailure: stop', () => {
  test.each([undefined, 'stop'] as const)('%s: it stays failed, and the others go on', async (policy) => {
    const running = await start([failing(policy).spec, pipeline({ name: 'good', isEndless: true })])
    await until(() => running.statuses[0]?.state === 'failed')
    expect(running.statuses.map(({ state }) => state)).toEqual(['failed', 'running'])
    const reports = await running.stop()
    expect(reports.map(({ outcome }) => outcome)).toEqual(['failed', 'stopped'])
    expect(exitCodeOfReports(reports)).toBe(70)
  })
})

describe('onPipelineFailure: exit', () => {
  test('it drains the others', async () => {
    const log = collectingLog()
    const running = await start([failing('exit').spec, pipeline({ name: 'good', isEndless: true })], { log })
    expect(await running.finished).toMatchObject([
      { outcome: 'failed', endsProcess: true },
      { outcome: 'stopped', endsProcess: false, drain: { hasPassedDeadline: false } },
    ])
    expect(log.lines.map(({ message }) => message)).toContain(
      'small has failed and takes the others with it: they are drained',
    )
  })

  test('it counts also where nodes could not be opened', async () => {
    const consumer = { open: () => Promise.reject(new Error('no such place')), each: () => undefined }
    const broken = { ...pipeline({ consumer }), onPipelineFailure: 'exit' as const }
    const running = await start([broken, pipeline({ name: 'good', isEndless: true })])
    expect((await running.finished).map(({ outcome }) => outcome)).toEqual(['failed', 'stopped'])
  })
})

test('the wait doubles up to a minute, and is short again after a minute without failure', () => {
  const backoff = new Backoff()
  const waits = [0, 0, 0, 0, 0, 0, 0, 59_999, 60_000, 0].map((ranMs) => backoff.next(ranMs) / SECOND)
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 1, 2])
})

async function until(isMet: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!isMet()) {
    if (Date.now() > deadline) throw new Error('the condition was not met in time')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

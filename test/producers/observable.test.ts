import { from, NEVER, Observable, of, range, Subject, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../src/core/errors.ts'
import definition from '../../src/producers/observable.ts'
import { collect } from '../support/ends.ts'
import { started } from '../support/observable-run.ts'
import { slow } from '../support/queue-run.ts'

/** What comes before the first ask is answered: one message is in the consumer's hands, and `demand.max` is 1. */
function flooded(source: object, options: object) {
  const output = slow()
  return started({ source, queue: { messages: 3 }, ...options }, { output }).then((run) => ({ ...run, output }))
}

function codeOf(error: unknown): string | undefined {
  return error instanceof SluiceError ? error.code : undefined
}

describe('observable: values', () => {
  test('come in order, and the pipeline finishes when the observable completes', async () => {
    const { graph, values } = await started({ source: of(1, 2, 3), whenFull: 'error' })
    expect((await graph.finishedReport).outcome).toBe('finished')
    expect(values).toEqual([1, 2, 3])
  })

  test('of one that never had any, and of one of another library, come as well', async () => {
    const { graph, values } = await started({ source: from([]), whenFull: 'error' })
    expect((await graph.finishedReport).outcome).toBe('finished')
    expect(values).toEqual([])
    const plain = {
      subscribe: ({ next, complete }: { next(value: number): void; complete(): void }) => {
        next(1)
        complete()
        return { unsubscribe: () => {} }
      },
    }
    expect((await started({ source: plain, whenFull: 'error' })).values).toEqual([1])
  })

  test('a hot one is subscribed to once, when the pipeline asks, and not before', async () => {
    const source = new Subject<number>()
    let subscriptions = 0
    const counted = new Observable<number>((subscriber) => {
      subscriptions++
      return source.subscribe(subscriber)
    })
    definition.options.parse({ source: counted, whenFull: 'error' })
    expect(subscriptions).toBe(0)
    const { env, values, graph } = await started({ source: counted, whenFull: 'error' })
    for (let n = 0; n < 5; n++) {
      source.next(n)
      await env.settle()
    }
    expect(values).toEqual([0, 1, 2, 3, 4])
    expect(subscriptions).toBe(1)
    const stopped = graph.stop()
    expect(source.observed).toBe(false)
    await env.settle()
    expect((await stopped).outcome).toBe('stopped')
  })

  test('a function gives a new observable for each run', async () => {
    let made = 0
    const options = { source: () => of(++made), whenFull: 'error' }
    expect((await started(options)).values).toEqual([1])
    expect((await started(options)).values).toEqual([2])
  })

  test('what was emitted before the stop is still delivered, and what comes after it is not taken', async () => {
    const source = new Subject<number>()
    const kept: { next(value: number): void }[] = []
    const leaky = { subscribe: (observer: { next(value: number): void }) => (kept.push(observer), source.subscribe()) }
    const { env, graph, output } = await flooded(leaky, { whenFull: 'error' })
    kept[0]!.next(1)
    kept[0]!.next(2)
    await env.settle()
    const stopped = graph.stop()
    kept[0]!.next(3)
    await env.settle()
    output.finish()
    await env.settle()
    output.finish()
    await env.settle()
    expect((await stopped).outcome).toBe('stopped')
    expect(output.values).toEqual([1, 2])
  })

  test('an observable that fails when it is unsubscribed from is told in the log, and stops nothing', async () => {
    const broken = {
      subscribe: () => ({
        unsubscribe: () => {
          throw new Error('held fast')
        },
      }),
    }
    const { env, graph, log } = await started({ source: broken, whenFull: 'error' })
    const stopped = graph.stop()
    await env.settle()
    expect((await stopped).outcome).toBe('stopped')
    expect(log.find(({ level }) => level === 'warn')?.fields).toMatchObject({ error: 'held fast' })
  })
})

describe('observable: beyond demand', () => {
  test('`error`: what was taken is delivered, then the pipeline fails and the source is unsubscribed from', async () => {
    const source = new Subject<number>()
    const { env, graph, output } = await flooded(source, { whenFull: 'error' })
    source.next(0)
    await env.settle()
    for (let n = 1; n <= 3; n++) source.next(n)
    expect(source.observed).toBe(true)
    source.next(4)
    expect(source.observed).toBe(false)
    source.next(5)
    for (let n = 0; n < 4; n++) {
      await env.advanceAsync(10)
      expect(graph.state).toBe('running')
      output.finish()
    }
    await env.advanceAsync(10)
    const { outcome, error } = await graph.finishedReport
    expect(outcome).toBe('failed')
    expect(codeOf(error)).toBe('SLUICE_OBSERVABLE_FULL')
    expect(output.values).toEqual([0, 1, 2, 3])
  })

  test('`error`: of what is emitted all at once, nothing is taken after what found no room', async () => {
    const { env, graph, output, metric } = await flooded(range(1_000), { whenFull: 'error' })
    for (let n = 0; n < 3; n++) {
      output.finish()
      await env.settle()
    }
    await env.advanceAsync(1)
    expect(codeOf((await graph.finishedReport).error)).toBe('SLUICE_OBSERVABLE_FULL')
    expect(output.values).toEqual([0, 1, 2])
    expect(metric('observable', 'rejected')).toBe(1)
  })

  test.each(['drop-newest', 'drop-oldest'])('`%s`: an error comes after what was dropped, too', async (whenFull) => {
    const source = new Subject<number>()
    const { env, graph, output } = await flooded(source, { whenFull })
    source.next(0)
    await env.settle()
    for (let n = 1; n <= 6; n++) source.next(n)
    source.error(new Error('the socket closed'))
    for (let n = 0; n < 4; n++) {
      await env.advanceAsync(10)
      output.finish()
    }
    await env.advanceAsync(10)
    expect((await graph.finishedReport).error?.message).toContain('the socket closed')
  })

  test.each([
    ['drop-newest', [0, 1, 2, 3]],
    ['drop-oldest', [0, 4, 5, 6]],
  ])('`%s`: what there is no room for is dropped and counted', async (whenFull, delivered) => {
    const source = new Subject<number>()
    const { env, graph, output } = await flooded(source, { whenFull })
    source.next(0)
    await env.settle()
    for (let n = 1; n <= 6; n++) source.next(n)
    source.complete()
    for (let n = 0; n < 4; n++) {
      await env.settle()
      output.finish()
    }
    await env.settle()
    expect((await graph.finishedReport).outcome).toBe('finished')
    expect(output.values).toEqual(delivered)
    const { dropped } = graph.stats().nodes.find(({ name }) => name === 'observable')!
    expect(dropped).toEqual({ 'queue-full': 3 })
  })

  test('with a limit of `maxUnacked` it is the same: nothing is lost without being told', async () => {
    const settings = { maxUnacked: { parts: 2 }, demand: { max: 1 } }
    const output = slow()
    const failing = await started({ source: range(3), whenFull: 'error' }, { output, settings })
    output.finish()
    await failing.env.settle()
    output.finish()
    await failing.env.advanceAsync(1)
    expect(codeOf((await failing.graph.finishedReport).error)).toBe('SLUICE_OBSERVABLE_FULL')
    const { metric } = await started({ source: range(5), whenFull: 'drop-oldest' }, { output: slow(), settings })
    expect(metric('observable', 'rejected')).toBe(3)
  })

  test('`overflow` without a store is refused before anything is opened', () => {
    expect(() => definition.options.parse({ source: NEVER })).toThrow(/whenFull/)
    const settled = started({ source: NEVER, whenFull: 'overflow' })
    return expect(settled).rejects.toMatchObject({ code: 'SLUICE_OBSERVABLE_NOT_DURABLE' })
  })
})

describe('observable: errors', () => {
  test('what came before an error is delivered, then the pipeline fails with it', async () => {
    const source = new Subject<string>()
    const { env, graph, output } = await flooded(source, { whenFull: 'error' })
    source.next('a')
    source.next('b')
    source.error(new Error('the socket closed'))
    source.next('c')
    await env.advanceAsync(10)
    output.finish()
    await env.advanceAsync(10)
    expect(graph.state).toBe('running')
    output.finish()
    await env.advanceAsync(10)
    const { outcome, error } = await graph.finishedReport
    expect(outcome).toBe('failed')
    expect(error?.message).toContain('failed after 2 values: the socket closed')
    expect(output.values).toEqual(['a', 'b'])
  })

  test.each([
    ['emits an error at once', throwError(() => new Error('no'))],
    [
      'throws when it is subscribed to',
      {
        subscribe: () => {
          throw new Error('no')
        },
      },
    ],
    ['is none', () => 5],
    [
      'cannot be made',
      () => {
        throw new Error('no')
      },
    ],
  ])('one that %s ends the pipeline', async (_how, source) => {
    const { env, graph } = await started({ source, whenFull: 'drop-oldest' })
    await env.advanceAsync(1)
    expect(codeOf((await graph.finishedReport).error)).toBe('SLUICE_OBSERVABLE_FAILED')
  })

  test('while it waits for outcomes, a stop still comes to its end, and the error is in the log', async () => {
    const source = new Subject<string>()
    const output = collect(() => new Promise<void>(() => {}))
    const { env, graph, log } = await started({ source, whenFull: 'error' }, { output })
    source.next('a')
    source.error(new Error('gone'))
    await env.settle()
    const stopped = graph.stop()
    await env.advanceAsync(5_000)
    expect((await stopped).outcome).not.toBe('finished')
    expect(log.some(({ level, message }) => level === 'error' && message.includes('gone'))).toBe(true)
  })
})

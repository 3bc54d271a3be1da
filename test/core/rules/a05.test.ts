import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { ConsumerComponent } from '../../../src/core/spec.ts'
import { batching, consumer, Gate, kernel, range, Source } from '../../support/kernel.ts'

/** A log that outlives its pipelines: each gives what has not been acked, under the same positions. */
class Log {
  readonly lines = range(20).map((n) => `line ${n}`)
  readonly acked = new Set<unknown>()

  /** One run of a pipeline that reads it. */
  run(sink: ConsumerComponent, through: Readonly<Record<string, Parameters<typeof kernel>[0][string]>> = {}) {
    const source = new Source()
    const component = {
      ...source.component,
      outcomes: false as const,
      create: (context: typeof source.context) => {
        const left = this.lines.map((line, index) => ({ line, index })).filter(({ line }) => !this.acked.has(line))
        return {
          handleDemand: (count: number) => {
            const given = left.splice(0, count)
            if (left.length === 0) context.end()
            return given.map(({ line, index }) => context.message(line, { position: `${index}` }))
          },
          settle: (acked: readonly Message[]) => {
            for (const { id } of acked) this.acked.add(this.lines[Number(id.split(':')[1])])
          },
        }
      },
    }
    const from = Object.keys(through).at(-1) ?? 'log'
    return kernel(
      { log: { component }, ...through, sink: { component: sink, from: [from], settings: { concurrency: 4 } } },
      { stopTimeoutMs: 1000 },
    )
  }
}

describe('A5: delivery is at least once for producers that can redeliver', () => {
  test('A5: what had no outcome when a pipeline ended is not acked, and the next one gives it again, by the same id', async () => {
    const log = new Log()
    const gate = new Gate()
    const first = log.run(gate.consumer)
    for (const call of gate.calls.splice(0, 3)) call.resolve()
    first.env.run()
    const stopped = first.graph.stop()
    await first.env.advanceAsync(5000)
    await expect(stopped).resolves.toMatchObject({ outcome: 'deadline' })
    expect([...log.acked]).toEqual(['line 0', 'line 1', 'line 2'])
    const seen: string[] = []
    const second = log.run(consumer(() => ({ each: (_line: unknown, { id }) => void seen.push(id) })))
    expect(seen).toEqual(range(17, 3).map((n) => `log:${n}`))
    expect(second.graph.state).toBe('finished')
    expect(log.acked.size).toBe(20)
  })

  test('A5: so it is where a batch was under way, and where the pipeline failed', async () => {
    const log = new Log()
    const gate = new Gate()
    const first = log.run(gate.consumer, { batches: { component: batching(5), from: ['log'] } })
    gate.calls[1]!.resolve()
    first.env.run()
    first.graph.fail(first.graph.node('sink'), new Error('broken'))
    await first.env.advanceAsync(5000)
    expect(first.graph.state).toBe('failed')
    expect([...log.acked]).toEqual(range(5, 5).map((n) => `line ${n}`))
    const seen: unknown[] = []
    log.run(consumer(() => ({ each: (line: unknown) => void seen.push(line) })))
    expect(seen).toEqual([...range(5), ...range(10, 10)].map((n) => `line ${n}`))
  })

  test('A5: a call that its node’s restart cut off is made again, as another attempt of the same message', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 1 })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: ['source'] },
    })
    graph.restart('sink')
    env.run()
    gate.calls[0]!.resolve() // It may have taken effect: nobody can tell.
    env.run()
    expect(source.outcomes).toEqual([])
    const [first, second] = gate.calls
    expect([first!.call.attempt, second!.call.attempt]).toEqual([1, 2])
    expect(first!.message.id).toBe(second!.message.id)
    second!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['0: acked'])
  })
})

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import definition from '../../src/consumers/each.ts'
import type { CallInfo } from '../../src/core/component.ts'
import type { Message } from '../../src/core/message.ts'
import type { NodeSettings } from '../../src/core/spec.ts'
import { feed } from '../support/ends.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { line } from '../support/pipeline.ts'

function run(handler: unknown, values: readonly unknown[], settings: NodeSettings = {}) {
  const env = new ManualEnv()
  const input = feed()
  const { graph, failures } = line([input, { component: definition, options: { handler }, settings }], env)
  void graph.start()
  input.push(values)
  env.run()
  return { env, graph, input, failures }
}

describe('each', () => {
  test('declares that it does I/O, so that an outage behind it can be told from bad messages', () => {
    expect(definition.io).toBe(true)
  })

  test('gives data, message and call to the function, in order, and acks what it has returned from', () => {
    const seen: unknown[] = []
    const { input } = run(
      (data: number, { headers }: Message, { attempt }: CallInfo) => void seen.push([data, headers, attempt]),
      [1, 2],
    )
    expect(seen).toEqual([
      [1, {}, 1],
      [2, {}, 1],
    ])
    expect(input.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('acks when what an asynchronous function does is done, and not before', async () => {
    const done: (() => void)[] = []
    const handler = (): Promise<void> => new Promise((resolve) => done.push(resolve))
    const { env, input } = run(handler, [1, 2], { concurrency: 2 })
    await env.settle()
    expect([done.length, input.outcomes]).toEqual([2, []])
    for (const resolve of done) resolve()
    await env.settle()
    expect(input.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('what it throws or rejects with fails the message and no other', async () => {
    const handler = (data: number): unknown => {
      if (data === 1) throw new Error('thrown')
      return data === 2 ? Promise.reject(new Error('rejected')) : undefined
    }
    const { env, input, failures } = run(handler, [1, 2, 3])
    await env.settle()
    expect(failures).toEqual(['each: thrown', 'each: rejected'])
    expect(input.outcomes.toSorted()).toEqual(['1: Error: thrown', '2: Error: rejected', '3: acked'])
  })

  test('one that hangs fails its message by the timeout: its signal aborts, and what it does later is ignored', async () => {
    const calls: { readonly signal: AbortSignal; readonly resolve: () => void }[] = []
    const handler = (_data: unknown, _message: Message, { signal }: CallInfo): Promise<void> =>
      new Promise((resolve) => calls.push({ signal, resolve }))
    const { env, input, failures } = run(handler, [1])
    await env.advanceAsync(30_000)
    expect(calls[0]!.signal.aborted).toBe(true)
    calls[0]!.resolve()
    await env.settle()
    expect(failures).toEqual(['each: SLUICE_CALL_TIMEOUT'])
    expect(input.outcomes).toEqual(['1: SLUICE_CALL_TIMEOUT'])
  })

  test('a thenable that settles twice is one outcome', async () => {
    const handler = () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable that is no promise is what this is about
      then: (resolve: () => void, reject: (error: Error) => void) => {
        resolve()
        reject(new Error('too late'))
        resolve()
      },
    })
    const { env, input, failures } = run(handler, [1])
    await env.settle()
    expect(input.outcomes).toEqual(['1: acked'])
    expect(failures).toEqual([])
  })

  test.each([{}, { handler: 'data' }, { handler: null }])('%j is told where a function can be given', (options) => {
    expect(definition.options.safeParse(options).error?.issues).toMatchObject([
      { path: ['handler'], message: expect.stringMatching(/^only code can give this: .*TypeScript.*defineConsumer/) },
    ])
  })

  test('no editor takes any value for right', () => {
    const { properties, required } = z.toJSONSchema(definition.options, { io: 'input' })
    expect(properties?.['handler']).toMatchObject({ not: {}, description: expect.stringContaining('Only code') })
    expect(required).toEqual(['handler'])
  })
})

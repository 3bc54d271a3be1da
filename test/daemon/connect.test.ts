import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineProducer } from '../../src/core/component.ts'
import { bind } from '../../src/core/spec.ts'
import { connect } from '../../src/daemon/connect.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { pipeline, type Parts } from './pipelines.ts'

/** Opens and closes a small pipeline while time passes. */
async function tried(parts: Parts, passesMs = 0) {
  const env = new ManualEnv()
  const trying = connect({ ...pipeline(parts), startTimeoutMs: 5000 }, env)
  await env.advanceAsync(passesMs)
  return { connections: await trying, timers: env.timers }
}

test('every node is opened, then let go of; nothing is asked of a producer', async () => {
  const calls: string[] = []
  const hooks = (node: string) => ({
    open: () => void calls.push(`open ${node}`),
    stop: () => void calls.push(`stop ${node}`),
  })
  const { connections, timers } = await tried({
    producer: { ...hooks('numbers'), handleDemand: () => void calls.push('asked') },
    consumer: { ...hooks('sink'), each: () => void calls.push('given') },
  })
  expect(connections).toEqual([
    { node: 'numbers', error: undefined },
    { node: 'sink', error: undefined },
  ])
  expect(calls.toSorted()).toEqual(['open numbers', 'open sink', 'stop numbers', 'stop sink'])
  expect(timers).toBe(0)
})

test('what a producer emits while it is open is refused', async () => {
  const taken: number[] = []
  const eager = defineProducer({
    name: 'eager',
    summary: 'Emits at once.',
    options: z.strictObject({}),
    create: (_, { message, emit }) => ({
      queue: { messages: 10, bytes: 1000, whenFull: 'reject' },
      open: () => queueMicrotask(() => taken.push(emit([message(1)]))),
    }),
  })
  const spec = pipeline()
  const nodes = spec.nodes.with(0, { ...spec.nodes[0]!, component: bind(eager, {}) })
  await connect({ ...spec, nodes }, new ManualEnv())
  expect(taken).toEqual([0])
})

test('what fails is told by node, and the others are tried all the same; all are let go of', async () => {
  const stopped: string[] = []
  const { connections } = await tried({
    producer: { open: () => Promise.reject(new Error('no luck')), stop: () => void stopped.push('numbers') },
    consumer: { each: () => undefined, stop: () => void stopped.push('sink') },
  })
  expect(connections).toEqual([
    { node: 'numbers', error: new Error('no luck') },
    { node: 'sink', error: undefined },
  ])
  expect(stopped.toSorted()).toEqual(['numbers', 'sink'])
})

test('a node that hangs while it opens, or while it lets go, is given up in time', async () => {
  const never = (): Promise<void> => new Promise(() => {})
  const { connections } = await tried(
    { producer: { open: never }, consumer: { each: () => undefined, stop: never } },
    6000,
  )
  expect(connections).toMatchObject([
    { node: 'numbers', error: { code: 'SLUICE_START_TIMEOUT', message: 'numbers has not opened within 5 s' } },
    { node: 'sink', error: undefined },
  ])
})

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ingressQueue, queueOptions } from '../../src/kit/queue-options.ts'

const options = z.strictObject({ port: z.int().optional(), ...queueOptions })

describe('queue options', () => {
  test('left out, they are 10,000 messages, 64 MiB and reject', () => {
    expect(ingressQueue(options.parse({}))).toEqual({ messages: 10_000, bytes: 64 * 1024 ** 2, whenFull: 'reject' })
  })

  test('one of them given, the others keep their defaults', () => {
    const given = { queue: { messages: 5 }, whenFull: 'drop-oldest' }
    expect(ingressQueue(options.parse(given))).toEqual({ messages: 5, bytes: 64 * 1024 ** 2, whenFull: 'drop-oldest' })
  })

  test.each([
    [{ queue: { messages: 0 } }, ['queue', 'messages']],
    [{ queue: { messages: 10_000_001 } }, ['queue', 'messages']],
    [{ queue: { messages: 1.5 } }, ['queue', 'messages']],
    [{ queue: { bytes: '1023B' } }, ['queue', 'bytes']],
    [{ queue: { bytes: '2TiB' } }, ['queue', 'bytes']],
    [{ queue: { bytes: 1024 } }, ['queue', 'bytes']],
    [{ queue: { size: 1 } }, ['queue']],
    [{ whenFull: 'block' }, ['whenFull']],
  ])('%j is refused', (input, path) => {
    expect(options.safeParse(input).error?.issues.map((issue) => issue.path)).toEqual([path])
  })

  test('the JSON Schema shows the defaults, the bounds and a description of each', () => {
    const { properties } = z.toJSONSchema(options, { io: 'input' })
    expect(properties).toMatchObject({
      queue: {
        description: expect.any(String),
        properties: {
          messages: { minimum: 1, maximum: 10_000_000, default: 10_000, description: expect.any(String) },
          bytes: { type: 'string', default: '64MiB', description: expect.any(String) },
        },
      },
      whenFull: { enum: ['reject', 'drop-newest', 'drop-oldest'], default: 'reject', description: expect.any(String) },
    })
  })
})

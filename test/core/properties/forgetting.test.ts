import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { Source } from '../../../src/core/flight.ts'
import { Held } from '../../../src/core/held.ts'
import { FREE, type Message } from '../../../src/core/message.ts'
import { MessageQueue } from '../../../src/core/queue.ts'
import { messagesOf } from '../../support/loose.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** How many of the referenced messages are still alive. */
async function alive(references: readonly WeakRef<Message>[]): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve)) // A reference keeps its target for the rest of a task.
  collect()
  return references.filter((reference) => reference.deref() !== undefined).length
}

describe('a message that has gone is kept alive by nothing that stays', () => {
  test.each(['take', 'shift'] as const)('a queue, by `%s` from an array of which some is left', async (verb) => {
    const queue = new MessageQueue()
    const references = (() => {
      queue.push(messagesOf(Array.from({ length: 100 }, (_, n) => ({ n }))))
      return Array.from({ length: 40 }, () => new WeakRef(verb === 'take' ? queue.take(1)[0]! : queue.shift()))
    })()
    expect(await alive(references)).toBe(0)
    expect(queue.length).toBe(60)
  })

  test('the list of what a node holds, but for a few', async () => {
    const held = new Held(1)
    const references = (() => {
      const messages = messagesOf(Array.from({ length: 100 }, (_, n) => ({ n })))
      for (const message of messages) {
        message.stamp = FREE
        held.add(message, {} as Source)
      }
      for (const message of messages) held.release(message)
      return messages.map((message) => new WeakRef(message))
    })()
    expect(await alive(references)).toBeLessThanOrEqual(8)
    expect(held.parts).toBe(0)
  })
})

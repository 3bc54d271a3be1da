import { describe, expect, test } from 'vitest'
import { childOf, Envelope, Group, kinOf, Message, shellOf, type Origin } from '../../src/core/message.ts'
import { renewed } from '../../src/core/renewal.ts'
import { soleOrigin, unshelled } from '../../src/core/sole.ts'

const origin: Origin = { name: 'test', idPrefix: '', acked: () => {}, ended: () => {} }
const envelope = new Envelope(new Group(origin, 0), 0)
const made = (): Message => new Message({}, undefined, 1, envelope)

/** Shells of a message, one per branch. */
function branches(message: Message, count: number): Message[] {
  kinOf(message).open = count
  return Array.from({ length: count }, () => shellOf(message))
}

describe('the message as its producer gave it', () => {
  test('is the message itself where nothing else came of it', () => {
    const message = made()
    expect(soleOrigin(message)).toBe(message)
  })

  test('is the one that a call was given up on, however often', () => {
    const message = made()
    expect(soleOrigin(renewed(renewed(renewed(message))))).toBe(message)
  })

  test('is the one whose other branches are done, and nothing while one is open or has failed', () => {
    const message = made()
    const [, last] = branches(message, 2)
    expect(soleOrigin(last!)).toBeUndefined()
    message.kin!.open = 1
    expect(soleOrigin(last!)).toBe(message)
    message.kin!.verdict = { outcome: 'failed', reason: undefined, error: new Error('no'), node: 'other' }
    expect(soleOrigin(last!)).toBeUndefined()
  })

  test('is nothing while a letter of it is not stored', () => {
    const message = made()
    kinOf(message).letters = 1
    expect(soleOrigin(message)).toBeUndefined()
  })

  test('is nothing of children, of what has some, and of batches', () => {
    const message = made()
    kinOf(message).open = 1
    expect(soleOrigin(childOf(message, 1, 0))).toBeUndefined()
    expect(soleOrigin(message)).toBeUndefined()
    const batch = made()
    kinOf(batch).parts = [made()]
    expect(soleOrigin(batch)).toBeUndefined()
  })
})

test('of which message something is a shell is known in each branch, and of children it is not', () => {
  const message = made()
  for (const branch of branches(message, 2)) expect(unshelled(renewed(branch))).toBe(message)
  expect(unshelled(childOf(message, 1, 0))).toBeUndefined()
})

import { describe, expect, test } from 'vitest'
import type { StageContext } from '../../../src/core/component.ts'
import { placeError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { codeOf } from '../../support/kernel.ts'
import { handle, through } from './through.ts'

/** A verb with something in the place of its message, or of its messages. */
type Verb = (given: never, context: StageContext) => unknown

const OF_ONE: Readonly<Record<string, Verb>> = {
  fail: (given, { fail }) => fail(given, new Error('bad')),
  'fail because of the place': (given, { fail }) => fail(given, placeError('DOWN', 'down')),
  'fail a part': (given, { fail }) => fail(given, new Error('bad'), 0),
  drop: (given, { drop }) => drop(given, 'unwanted'),
  child: (given, { child }) => child(given, 1),
}
const OF_MANY: Readonly<Record<string, Verb>> = {
  hold: (given, { hold }) => hold(given),
  ack: (given, { ack }) => ack(given),
  join: (given, { join }) => join(given),
  derive: (given, { derive }) => derive(1, given),
  emit: (given, { emit }) => emit(given),
}

const RUBBISH: readonly (readonly [string, (message: Message) => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 7],
  ['a string', () => 'text'],
  ['a function', () => () => {}],
  ['an object that is no message', () => ({ data: 1 })],
  ['an object that is no message', (message) => Object.assign({}, message)],
]

/** What a verb throws at once, and what becomes of the message whose handler didn't catch it. */
function said(verb: Verb, rubbish: (message: Message) => unknown) {
  let thrown: unknown
  const stage = handle((messages, context) => {
    try {
      verb(rubbish(messages[0]!) as never, context)
    } catch (error) {
      thrown ??= error
      throw error
    }
    return messages
  }, true)
  const { outcomes, sink, graph } = through(stage, { upTo: 1 })
  return { code: codeOf(thrown), message: (thrown as Error).message, outcomes: outcomes(), sink, graph }
}

describe.each(Object.entries(OF_ONE))('%s', (_, verb) => {
  test.each([...RUBBISH, ['a list', (message: Message) => [message]] as const])(
    'of %s fails the call, and says what may be given',
    (found, rubbish) => {
      const { code, message, outcomes, sink, graph } = said(verb, rubbish)
      expect(code).toBe('SLUICE_HANDLER_FOREIGN_MESSAGE')
      expect(message).toMatch(new RegExp(`^\`(fail|drop|child)\` takes a message, not ${found}`))
      expect(outcomes).toEqual(['0: SLUICE_HANDLER_FOREIGN_MESSAGE'])
      expect([sink.values, graph.state]).toEqual([[], 'finished'])
    },
  )
})

describe.each(Object.entries(OF_MANY))('%s', (name, verb) => {
  test.each(RUBBISH)('of %s fails the call, and says what may be given', (found, rubbish) => {
    const { code, message, outcomes } = said(verb, rubbish)
    expect(code).toBe('SLUICE_HANDLER_FOREIGN_MESSAGE')
    expect(message).toMatch(new RegExp(`^\`${name}\` takes a list of messages, not ${found}`))
    expect(outcomes).toEqual(['0: SLUICE_HANDLER_FOREIGN_MESSAGE'])
  })

  test.each(RUBBISH)('of a list with %s in it fails the call, and does nothing', (found, rubbish) => {
    const { code, message, outcomes, sink } = said(verb, (first) => [rubbish(first)])
    expect(code).toBe('SLUICE_HANDLER_FOREIGN_MESSAGE')
    expect(message).toMatch(new RegExp(`^\`${name}\` takes messages, not ${found}`))
    expect(outcomes).toEqual(['0: SLUICE_HANDLER_FOREIGN_MESSAGE'])
    expect(sink.values).toEqual([])
  })
})

test('`hold` of a message and of rubbish behind it holds neither: the message comes to its end as if alone', () => {
  const stage = handle((messages, { hold }) => {
    try {
      hold([messages[0]!, undefined as never])
    } catch {
      // It goes on without.
    }
    return messages
  }, true)
  const { outcomes, sink } = through(stage, { upTo: 1 })
  expect([outcomes(), sink.values]).toEqual([['0: acked'], [0]])
})

test('a copy of a message is not the message: its outcome is told once', () => {
  const stage = handle((messages, { drop }) => {
    try {
      drop(Object.assign({}, messages[0]!), 'unwanted')
    } catch {
      // It goes on with the message itself.
    }
    return messages
  })
  const { outcomes, sink, graph } = through(stage, { upTo: 1 })
  expect([outcomes(), sink.values, graph.state]).toEqual([['0: acked'], [0], 'finished'])
})

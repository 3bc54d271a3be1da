import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../../src/core/component.ts'
import { messageError, placeError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { Exchanges } from '../../../src/kit/http/exchange.ts'

const RESPONSE = {} as ServerResponse

/** What a request is answered whose messages have these outcomes. */
function answerTo(outcomes: readonly Omit<Receipt, 'message'>[], isMany = false): { status: number; body: unknown } {
  const exchanges = new Exchanges()
  const messages = outcomes.map(() => ({}) as Message)
  exchanges.open(RESPONSE, messages, isMany)
  const answers = outcomes.map((outcome, index) => exchanges.settle({ ...outcome, message: messages[index]! }))
  expect(answers.slice(0, -1).every((answer) => answer === undefined)).toBe(true)
  const { status, body } = answers.at(-1)!.answer
  return { status, body }
}

const secret = 'cannot write "/srv/secret/ledger"'

describe('what a client is told of a message', () => {
  test('200 when it was delivered', () => {
    expect(answerTo([{ outcome: 'acked' }])).toEqual({ status: 200, body: { accepted: 1 } })
  })

  test('422 with the code of its error when it is kept as a dead letter, though it is settled', () => {
    const error = messageError('SLUICE_X', 'the amount is negative')
    expect(answerTo([{ outcome: 'acked', reason: 'dead-letter', error }])).toMatchObject({
      status: 422,
      body: { code: 'SLUICE_X', message: 'the amount is negative' },
    })
    const foreign = answerTo([{ outcome: 'acked', reason: 'dead-letter', error: new Error(secret) }])
    expect(foreign).toMatchObject({ status: 422, body: { code: 'SLUICE_HTTP_MESSAGE_FAILED' } })
    expect(JSON.stringify(foreign)).not.toContain('secret')
  })

  test('422 when a place was given up on, without telling where that is: it must not be sent again', () => {
    const error = placeError('SLUICE_X', secret)
    const answer = answerTo([{ outcome: 'acked', reason: 'dead-letter', error }])
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'SLUICE_X', message: expect.stringContaining('letter') },
    })
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(answerTo([{ outcome: 'acked', reason: 'failed', error }])).toMatchObject({ status: 422 })
  })

  test('503 when a place failed and nobody has it', () => {
    expect(answerTo([{ outcome: 'failed', error: placeError('SLUICE_X', secret) }])).toMatchObject({
      status: 503,
      body: { code: 'SLUICE_X' },
    })
  })

  test('504 when its deadline has passed, dropped or failed', () => {
    const passed = { status: 504, body: { code: 'SLUICE_HTTP_DEADLINE_PASSED' } }
    expect(answerTo([{ outcome: 'acked', reason: 'expired' }])).toMatchObject(passed)
    expect(answerTo([{ outcome: 'failed', reason: 'expired', error: new Error('late') }])).toMatchObject(passed)
  })

  test('503 when it was dropped from a full queue', () => {
    expect(answerTo([{ outcome: 'acked', reason: 'queue-full' }])).toMatchObject({
      status: 503,
      body: { code: 'SLUICE_HTTP_MESSAGE_SHED' },
    })
  })

  test('of a list each by its index', () => {
    const outcomes = [
      { outcome: 'acked' },
      { outcome: 'acked', reason: 'expired' },
      { outcome: 'acked', reason: 'dead-letter', error: messageError('SLUICE_X', 'bad') },
      { outcome: 'failed', error: placeError('SLUICE_Y', 'away') },
    ] as const
    expect(answerTo(outcomes, true)).toEqual({
      status: 200,
      body: {
        accepted: 1,
        failed: [
          { index: 1, code: 'SLUICE_HTTP_DEADLINE_PASSED' },
          { index: 2, code: 'SLUICE_X' },
          { index: 3, code: 'SLUICE_Y' },
        ],
      },
    })
  })
})

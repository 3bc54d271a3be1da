import { expect, test } from 'vitest'
import { messageError, placeError } from '../../src/core/errors.ts'
import { Envelope, Group, Message, type Origin } from '../../src/core/message.ts'
import { FailureLog } from '../../src/daemon/failure-log.ts'
import { collectingLog, manualEnv } from './collecting.ts'

const ORIGIN: Origin = { name: 'ingress', idPrefix: 'x-', acked() {}, ended() {} }

function message(position: number | string): Message {
  return new Message({}, undefined, position, new Envelope(new Group(ORIGIN, 0), 0))
}

function failureLog() {
  const log = collectingLog()
  const env = manualEnv()
  return { log, env, failures: new FailureLog(log, env) }
}

const REFUSED = messageError('SLUICE_FILTER_REFUSED', 'amount is 0')

test('the first failure of a kind is told at once, with its node, code and id', () => {
  const { log, failures } = failureLog()
  failures.add('valid', message('order-7'), REFUSED)
  expect(log.lines).toEqual([
    {
      level: 'warn',
      message: 'a message failed at valid: amount is 0',
      fields: { node: 'valid', code: 'SLUICE_FILTER_REFUSED', id: 'ingress:order-7' },
    },
  ])
})

test('a flood of failures is told in one line per interval, with their number and the last of them', () => {
  const { log, env, failures } = failureLog()
  for (let i = 0; i < 100_000; i++) failures.add('valid', message(i), REFUSED)
  expect(log.lines).toHaveLength(1)
  env.fire()
  expect(log.lines).toHaveLength(2)
  expect(log.lines[1]?.message).toBe('99999 more messages failed at valid; the last one: amount is 0')
  expect(log.lines[1]?.fields['id']).toBe('ingress:x-99999')
})

test('kinds are told apart by node and by code', () => {
  const { log, failures } = failureLog()
  failures.add('valid', message(1), REFUSED)
  failures.add('other', message(2), REFUSED)
  failures.add('valid', message(3), placeError('SLUICE_DISK_FULL', 'no space'))
  expect(log.lines.map(({ level, fields }) => [level, fields['node'], fields['code']])).toEqual([
    ['warn', 'valid', 'SLUICE_FILTER_REFUSED'],
    ['warn', 'other', 'SLUICE_FILTER_REFUSED'],
    ['error', 'valid', 'SLUICE_DISK_FULL'],
  ])
})

test('however many codes there are, the number of lines is bounded', () => {
  const { log, env, failures } = failureLog()
  for (let i = 0; i < 5000; i++) failures.add('valid', message(i), messageError(`CODE_${i}`, 'odd'))
  env.fire()
  expect(log.lines.length).toBeLessThanOrEqual(102)
  expect(log.lines.at(-1)?.message).toBe('4899 more messages failed at valid; the last one: odd')
})

test('after a quiet interval nothing waits, and the next failure is told at once again', () => {
  const { log, env, failures } = failureLog()
  failures.add('valid', message(1), REFUSED)
  env.fire()
  expect(env.timers.size).toBe(0)
  failures.add('valid', message(2), REFUSED)
  expect(log.lines).toHaveLength(2)
})

test('closing tells what was counted, and leaves no timer', () => {
  const { log, env, failures } = failureLog()
  for (let i = 0; i < 3; i++) failures.add('valid', message(i), REFUSED)
  failures.close()
  expect(log.lines.at(-1)?.message).toBe('2 more messages failed at valid; the last one: amount is 0')
  expect(env.timers.size).toBe(0)
})

test('what an error quotes from its message can neither move the cursor nor fill the screen', () => {
  const { log, failures } = failureLog()
  failures.add('valid', message('\u001b[2J'), messageError('X', `\u001b[2J${'y'.repeat(100_000)}`))
  const { message: text, fields } = log.lines[0]!
  expect(text).not.toContain('\u001b')
  expect(String(fields['id'])).not.toContain('\u001b')
  expect(text.length).toBeLessThan(1000)
})

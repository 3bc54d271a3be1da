import { afterEach, expect, test } from 'vitest'
import http from '../../src/producers/http.ts'
import { collect } from '../support/ends.ts'
import { start, stopAll } from '../support/http-door.ts'

afterEach(stopAll)

const waiting = (timeout: string) => ({ headers: { 'request-timeout': timeout } })

test('http: messages have the deadline that their sender asked for, from the head of the request on', async () => {
  const output = collect()
  const { post } = await start({ options: { deadline: {} }, output })
  const before = Date.now()
  expect(await post([1, 2], waiting('1000'))).toMatchObject({ status: 200 })
  const after = Date.now()
  for (const { deadline } of output.messages) {
    expect(deadline).toBeGreaterThanOrEqual(before + 1_000_000)
    expect(deadline).toBeLessThanOrEqual(after + 1_000_000)
  }
  expect(output.messages[0]!.deadline).toBe(output.messages[1]!.deadline)
})

test('http: there is none where nobody asked for one, and none is read unless the door is told to', async () => {
  const output = collect()
  const asking = await start({ options: { deadline: {} }, output })
  await asking.post(1)
  const silent = await start({ output })
  await silent.post(2, waiting('1000'))
  expect(output.messages.map(({ deadline }) => deadline)).toEqual([undefined, undefined])
})

test('http: a time that is none is refused before the body comes', async () => {
  const { post, output } = await start({ options: { deadline: {} } })
  expect(await post(1, waiting('soon'))).toMatchObject({
    status: 400,
    body: { code: 'SLUICE_HTTP_TIMEOUT_INVALID', hint: expect.stringContaining('Request-Timeout') },
  })
  expect(output.values).toEqual([])
})

test('http: what an answer promises names 504 only where there are deadlines', () => {
  const told = (options: object) => http.guarantee!(http.options.parse({ port: 0, ...options }))
  expect(told({ deadline: {} })).toBe('200 = delivered; 422, 503 and 504 = not delivered')
  expect(told({})).toBe('200 = delivered; 422 and 503 = not delivered')
})

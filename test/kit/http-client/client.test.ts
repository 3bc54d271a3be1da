import { expect, test } from 'vitest'
import definition from '../../../src/consumers/http.ts'
import type { Clock } from '../../../src/core/component.ts'
import { HttpClient } from '../../../src/kit/http-client/client.ts'
import { ManualEnv } from '../../../src/testing/manual-env.ts'
import { answer, sink } from '../../support/http-sink.ts'

test('http client: a request that is answered is not waited for any longer, nor asks its call for a signal', async () => {
  const env = new ManualEnv()
  const clock: Clock = { now: () => env.now(), date: () => env.date(), after: (ms, call) => env.after(ms, call) }
  const server = await sink(answer(200, 'taken'))
  const client = new HttpClient(definition.options.parse({ url: server.url }), { clock, hasOwnPath: false })
  await client.open()
  let asked = 0
  const call = {
    get signal() {
      asked++
      return new AbortController().signal
    },
  }
  const request = { method: 'POST', path: '/', headers: [], body: '1' }
  for (const wantsBody of [true, false]) {
    const { status, body } = await client.send({ ...request, wantsBody }, call)
    expect([status, body.toString()]).toEqual([200, wantsBody ? 'taken' : ''])
  }
  await env.advanceAsync(2_000)
  expect([asked, env.timers]).toEqual([0, 0])
  await client.stop()
})

import { afterEach, describe, expect, test } from 'vitest'
import { messageError, placeError } from '../../src/core/errors.ts'
import filter from '../../src/stages/filter.ts'
import { RawClient } from '../support/http-client.ts'
import { gate } from '../support/ends.ts'
import { fails, start, stopAll } from '../support/http-door.ts'
import { until } from '../support/pipeline.ts'

afterEach(stopAll)

describe('http: what it answers, reply: delivered', () => {
  test('nothing before the outcome', async () => {
    const output = gate()
    const { post } = await start({ output })
    let isAnswered = false
    const answer = post(1).finally(() => (isAnswered = true))
    await until(() => output.values.length === 1, 'the message has come')
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(isAnswered).toBe(false)
    output.open()
    expect(await answer).toMatchObject({ status: 200 })
  })

  test('422 for an error of the message, with its code; the text only of an error that is ours', async () => {
    const output = fails((data) =>
      data === 1 ? new Error('SELECT secret FROM table') : messageError('SLUICE_X', 'the amount is negative'),
    )
    const { post } = await start({ output })
    const foreign = await post(1)
    expect(foreign).toMatchObject({ status: 422, body: { code: 'SLUICE_HTTP_MESSAGE_FAILED' } })
    expect(JSON.stringify(foreign.body)).not.toContain('secret')
    expect(await post(2)).toMatchObject({ status: 422, body: { code: 'SLUICE_X', message: 'the amount is negative' } })
  })

  test('503 with Retry-After for an error of the place, without telling where that is', async () => {
    const output = fails(() => placeError('SLUICE_X', 'cannot write "/srv/secret/ledger"'))
    const { post } = await start({ output })
    const answer = await post(1)
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { code: 'SLUICE_X' } })
    expect(JSON.stringify(answer.body)).not.toContain('secret')
  })

  test('422 for what a filter with `reject` refuses, 200 for what it drops on purpose', async () => {
    const rejecting = await start({ between: [{ component: filter, options: { when: 'data > 0', reject: true } }] })
    expect(await rejecting.post(-1)).toMatchObject({ status: 422, body: { code: 'SLUICE_FILTER_REJECTED' } })
    expect(await rejecting.post(1)).toMatchObject({ status: 200 })
    const dropping = await start({ between: [{ component: filter, options: { when: 'data > 0' } }] })
    expect(await dropping.post(-1)).toMatchObject({ status: 200 })
  })

  test('422 for what was dropped after it had failed, whoever is to blame', async () => {
    const output = fails(() => placeError('SLUICE_X', 'away'))
    const { post } = await start({ output: { ...output, settings: { onFailure: 'drop' } } })
    expect(await post(1)).toMatchObject({ status: 422, body: { code: 'SLUICE_X' } })
  })

  test('200 for a list, and which of it failed, by index', async () => {
    const output = fails((data) => {
      if (data === 'place') return placeError('SLUICE_AWAY', 'away')
      return data === 'bad' ? new Error('bad') : undefined
    })
    const { post } = await start({ output })
    expect(await post([1, 'bad', 2, 'place', 'bad'])).toMatchObject({
      status: 200,
      body: {
        accepted: 2,
        failed: [
          { index: 1, code: 'SLUICE_HTTP_MESSAGE_FAILED' },
          { index: 3, code: 'SLUICE_AWAY' },
          { index: 4, code: 'SLUICE_HTTP_MESSAGE_FAILED' },
        ],
      },
    })
  })

  test('a list of one is a list', async () => {
    const { post } = await start({ output: fails(() => new Error('bad')) })
    expect(await post([1])).toMatchObject({
      status: 200,
      body: { accepted: 0, failed: [{ index: 0, code: 'SLUICE_HTTP_MESSAGE_FAILED' }] },
    })
  })
})

describe('http: a full queue', () => {
  test('refuses with 503 and Retry-After, whole bodies, and takes again when there is room', async () => {
    const output = gate()
    const { post, graph } = await start({ options: { queue: { messages: 3 } }, output })
    const first = post(1)
    await until(() => output.values.length === 1, 'the first is in the hands of the consumer')
    const waiting = post([2, 3])
    await until(() => (graph.node('http') as { ingress?: { length: number } }).ingress!.length === 2, 'two are queued')
    expect(await post([4, 5])).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'SLUICE_HTTP_QUEUE_FULL' },
    })
    output.open()
    expect(await first).toMatchObject({ status: 200 })
    expect(await waiting).toMatchObject({ status: 200 })
    expect(await post([6, 7])).toMatchObject({ status: 200 })
    expect(output.values).toEqual([1, 2, 3, 6, 7])
  })

  test.each(['drop-oldest', 'drop-newest'] as const)(
    '%s: whoever sent what was dropped is not told that it arrived',
    async (whenFull) => {
      const output = gate()
      const { post, graph } = await start({ options: { queue: { messages: 1 }, whenFull }, output })
      const first = post(1)
      await until(() => output.values.length === 1, 'the first is in the hands of the consumer')
      const older = post(2)
      await until(() => (graph.node('http') as { ingress?: { length: number } }).ingress!.length === 1, 'one is queued')
      const newer = post(3)
      const dropped = whenFull === 'drop-oldest' ? older : newer
      expect(await dropped).toMatchObject({ status: 503, body: { code: 'SLUICE_HTTP_MESSAGE_SHED' } })
      output.open()
      expect(await Promise.all([first, whenFull === 'drop-oldest' ? newer : older])).toMatchObject([
        { status: 200 },
        { status: 200 },
      ])
    },
  )

  test('a body that could never fit is 413, by messages and by bytes', async () => {
    const { post, output } = await start({ options: { queue: { messages: 2, bytes: '4KiB' }, maxBody: '2KiB' } })
    expect(await post([1, 2, 3])).toMatchObject({ status: 413, body: { code: 'SLUICE_HTTP_BODY_OVER_QUEUE' } })
    expect(await post('x'.repeat(2049))).toMatchObject({ status: 413, body: { code: 'SLUICE_HTTP_BODY_TOO_LARGE' } })
    expect(await post([1, 2])).toMatchObject({ status: 200 })
    expect(output.values).toEqual([1, 2])
  })

  test('bodies that are still coming in have room for as much as the queue, all together', async () => {
    const { url, post, metric } = await start({ options: { queue: { bytes: '4KiB' }, maxBody: '2KiB' } })
    const head = 'POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2048\r\n\r\n'
    const slow = [1, 2].map(() => new RawClient(url).write(head + ' '.repeat(2000)))
    const third = new RawClient(url)
    await until(() => slow.every(({ socket }) => socket.bytesWritten > 2000), 'two bodies have begun')
    third.write(head + ' '.repeat(2000))
    await until(() => [...slow, third].some(({ status }) => status === 503), 'one of them was refused')
    for (const { socket } of [...slow, third]) socket.destroy()
    await until(() => metric('http', 'hang_ups') >= 2, 'the others have hung up')
    expect(await post(1)).toMatchObject({ status: 200 })
  })
})

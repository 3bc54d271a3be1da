import { Agent, Server } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import http from '../../src/producers/http.ts'
import { collect, gate } from '../support/ends.ts'
import { RawClient, send } from '../support/http-client.ts'
import { start, stopAll } from '../support/http-door.ts'
import { line, until } from '../support/pipeline.ts'

afterEach(stopAll)

describe('http: stopping', () => {
  test('every 200 was handled, everything else was refused, and all connections are closed', async () => {
    const handled = new Set<number>()
    const output = collect(
      (data) =>
        new Promise<void>((resolve) => setImmediate(() => resolve(void handled.add((data as { n: number }).n)))),
    )
    const { post, graph } = await start({
      output: { ...output, settings: { concurrency: 4 } },
      options: { queue: { messages: 50 } },
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 20 })
    const delivered = new Set<number>()
    const statuses = new Map<string, number>()
    let isSending = true
    let n = 0
    const clients = Array.from({ length: 20 }, async () => {
      while (isSending) {
        const mine = n++
        const status = await post({ n: mine }, { agent }).then(
          (answer) => String(answer.status),
          () => 'no connection',
        )
        if (status === '200') delivered.add(mine)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    })
    await until(() => delivered.size > 200, 'it is under load')
    const report = await graph.stop()
    isSending = false
    await Promise.all(clients)
    agent.destroy()

    expect(report.outcome).toBe('stopped')
    expect([...statuses.keys()].every((status) => ['200', '503', 'no connection'].includes(status))).toBe(true)
    expect([...delivered].every((one) => handled.has(one))).toBe(true)
    await expect(post(1)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('what is under way is answered, a body that is still coming in is refused, idle connections are closed', async () => {
    const output = gate()
    const { url, post, graph } = await start({ output })
    const forced = vi.spyOn(Server.prototype, 'closeAllConnections')
    const idle = new Agent({ keepAlive: true })
    const request = 'POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n'
    const answer = post(1, { agent: idle })
    await until(() => output.values.length === 1, 'the message has come')
    const slow = new RawClient(url).write(request)
    const silent = new RawClient(url)
    await until(() => slow.socket.bytesWritten > 0 && !silent.socket.connecting, 'both are there')
    const stopped = graph.stop()
    output.open()
    expect(await answer).toMatchObject({ status: 200 })
    expect(await slow.closed).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*Retry-After: 1\r\nConnection: close[^]*SLUICE_HTTP_STOPPING/,
    )
    expect(await silent.closed).toBe('')
    expect((await stopped).outcome).toBe('stopped')
    expect(forced).not.toHaveBeenCalled()
    forced.mockRestore()
    idle.destroy()
  })

  test('while it drains, newcomers get 503 and Retry-After', async () => {
    const output = gate()
    const { post, graph } = await start({ output })
    const first = post(1)
    await until(() => output.values.length === 1, 'the message has come')
    const stopped = graph.stop()
    expect(await post(2)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', connection: 'close' },
      body: { code: 'SLUICE_HTTP_STOPPING' },
    })
    output.open()
    expect(await first).toMatchObject({ status: 200 })
    await stopped
  })

  test('A7: at the deadline, what has no outcome is 503', async () => {
    const output = gate()
    const made = line([{ component: http, options: { port: 0 } }, output], realEnv, 50)
    await made.graph.start()
    const { url } = made.log[0]!.fields as { url: string }
    const answer = send(url, 1)
    await until(() => output.values.length === 1, 'the message has come')
    const report = await made.graph.stop()
    expect(report.outcome).toBe('deadline')
    expect(await answer).toMatchObject({ status: 503, body: { code: 'SLUICE_PIPELINE_STOPPED' } })
  })
})

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { describe, expect, test } from 'vitest'
import definition, { createHttp, http } from '../../src/consumers/http.ts'
import { defineConsumer } from '../../src/core/component.ts'
import type { Lookup } from '../../src/kit/http-client/address-guard.ts'
import { harness } from '../../src/testing/index.ts'
import { selfSigned } from '../support/certificates.ts'
import { deliver, type Delivered } from '../support/http-delivery.ts'
import { answer, listen, sink } from '../support/http-sink.ts'

const codeOf = ({ codes, errors }: Delivered): unknown => [codes[0], errors[0]?.kind]

/** A name that leads where a test says, each time it is asked for. */
function leadingTo(...answers: readonly (string | Error)[]): Lookup & { readonly asked: string[] } {
  const asked: string[] = []
  const lookup: Lookup = (hostname, _options, callback) => {
    asked.push(hostname)
    const found = answers[Math.min(asked.length, answers.length) - 1]!
    if (typeof found === 'string') callback(null, [{ address: found, family: found.includes(':') ? 6 : 4 }])
    else callback(found, [])
  }
  return Object.assign(lookup, { asked })
}

const NOT_FOUND = Object.assign(new Error('getaddrinfo ENOTFOUND ledger.test'), { code: 'ENOTFOUND' })

describe('http: names and addresses', () => {
  test('a name that cannot be resolved is of the place', async () => {
    const told = await deliver({ url: 'http://ledger.test/' }, [1], { lookup: leadingTo(NOT_FOUND) })
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_UNREACHABLE', 'place'])
    expect(told.errors[0]!.message).toContain('ENOTFOUND ledger.test')
  })

  test('a name that leads elsewhere is followed when a connection is made anew', async () => {
    const first = await sink(answer(204, undefined, { connection: 'close' }))
    const second = await sink(answer(204), { host: '127.0.0.2', port: first.port })
    const lookup = leadingTo('127.0.0.1', '127.0.0.2')
    await deliver({ url: `http://ledger.test:${first.port}/` }, [1, 2], { lookup })
    expect([first.requests.length, second.requests.length]).toEqual([1, 1])
    expect(first.requests[0]!.headers.host).toBe(`ledger.test:${first.port}`)
  })

  test('a name that leads elsewhere is followed after five minutes where connections are kept alive', async () => {
    const first = await sink()
    const second = await sink(answer(204), { host: '127.0.0.2', port: first.port })
    let address = '127.0.0.1'
    const lookup: Lookup = (_hostname, _options, callback) => callback(null, [{ address, family: 4 }])
    const component = defineConsumer({ ...definition, create: (given, context) => createHttp(given, context, lookup) })
    const run = harness(component, { options: { url: `http://ledger.test:${first.port}/` } })
    const push = async (value: number): Promise<void> => {
      await run.push([value])
      await run.until(() => run.acked.length === value)
    }
    await push(1)
    address = '127.0.0.2'
    await push(2)
    expect(second.requests).toEqual([])
    await run.advance(301_000)
    for (let value = 3; value < 200 && second.requests.length === 0; value++) await push(value)
    expect(first.connections).toBeLessThanOrEqual(2)
    expect(second.requests.length).toBeGreaterThan(0)
    expect(run.failed).toEqual([])
    await run.stop()
  })

  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::a9fe:a9fe',
    '64:ff9b::6464:64c8',
  ])('nothing is connected to %s, whatever name leads there', async (address) => {
    const told = await deliver({ url: 'http://ledger.test/' }, [1], { lookup: leadingTo(address) })
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_ADDRESS_REFUSED', 'place'])
    expect(told.errors[0]!.message).toBe(
      `nothing is sent to ledger.test, which leads to ${address}: link-local addresses are refused`,
    )
  })

  test.each(['http://169.254.169.254/latest', 'http://[fe80::1]/', 'http://2852039166/', 'http://0xa9fea9fe/'])(
    'nothing is connected to %s, however it is written',
    async (url) => {
      expect((await deliver({ url }, [1])).codes).toEqual(['SLUICE_REQUEST_ADDRESS_REFUSED'])
    },
  )

  test('with `allow` only those addresses are connected to', async () => {
    const server = await sink()
    const { port } = server
    const allow = ['127.0.0.2', '10.0.0.0/8']
    expect((await deliver({ url: server.url, allow }, [1])).codes).toEqual(['SLUICE_REQUEST_ADDRESS_REFUSED'])
    const there = await sink(answer(204), { host: '127.0.0.2', port })
    expect((await deliver({ url: there.url, allow }, [1])).codes).toEqual(['acked'])
    const lookup = leadingTo('127.0.0.1')
    const told = await deliver({ url: `http://ledger.test:${port}`, allow }, [1], { lookup })
    expect(told.errors[0]!.message).toContain('ledger.test, which leads to 127.0.0.1: `allow` does not have it')
    expect(server.requests).toEqual([])
  })
})

describe('http: TLS', () => {
  async function tlsSink(): Promise<{ url: string; ca: string }> {
    const files = await selfSigned()
    const server = createServer(
      { cert: readFileSync(files.cert), key: readFileSync(files.key) },
      (request, response) => {
        request.resume().on('end', () => response.writeHead(204).end())
      },
    )
    return { ...(await listen(server, { scheme: 'https' })), ca: files.cert }
  }

  test('a certificate that nobody trusts is told, with what to do', async () => {
    const { url } = await tlsSink()
    const told = await deliver({ url }, [1])
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_TLS', 'place'])
    expect(told.errors[0]!.message).toContain('self-signed certificate')
  })

  test('is trusted with `tls.ca`, for the names in it', async () => {
    const { url, ca } = await tlsSink()
    expect((await deliver({ url, tls: { ca } }, [1])).codes).toEqual(['acked'])
    const { port } = new URL(url)
    const other = `https://ledger.test:${port}/`
    const lookup = leadingTo('127.0.0.1')
    expect((await deliver({ url: other, tls: { ca } }, [1], { lookup })).codes).toEqual(['SLUICE_REQUEST_TLS'])
    const told = await deliver({ url: other, tls: { ca, servername: 'localhost' } }, [1], { lookup })
    expect(told.codes).toEqual(['acked'])
  })

  test('TLS to a port that speaks none is told as such', async () => {
    const server = await sink()
    const told = await deliver({ url: server.url.replace('http:', 'https:') }, [1])
    expect(told.codes).toEqual(['SLUICE_REQUEST_TLS'])
  })

  test.each(['/nowhere.pem', import.meta.filename])(
    'a file that is none, %s, is told when it is opened',
    async (ca) => {
      const run = harness(http({ url: 'https://127.0.0.1:1', tls: { ca } }))
      await expect(run.push([1])).rejects.toMatchObject({ code: 'SLUICE_REQUEST_FILE' })
    },
  )
})

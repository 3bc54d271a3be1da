import { describe, expect, test } from 'vitest'
import { requestGuard, type Asked } from '../../src/daemon/admin-guard.ts'

const asked = (host: string, rest: Partial<Asked> & { origin?: string } = {}): Asked => ({
  url: '/health',
  rawHeaders: ['Host', host, ...(rest.origin === undefined ? [] : ['Origin', rest.origin])],
  socket: { localAddress: '127.0.0.1' },
  ...rest,
})

const loopback = requestGuard('127.0.0.1', ['Sluice.example', '10.0.0.7'])

describe('the name under which the admin server is asked', () => {
  test.each(['localhost', 'LOCALHOST:9464', '127.0.0.1:9464', '127.0.0.1', '[::1]', '[::1]:1', 'sluice.example:443'])(
    '%s is its own',
    (host) => expect(loopback(asked(host))).toBeUndefined(),
  )

  test.each([
    'evil.example',
    'localhost.evil.example',
    'localhost.',
    '127.0.0.2',
    '0.0.0.0',
    '[::]',
    '127.1',
    '10.0.0.8',
  ])('%s is not: 421 with the setting to change', (host) => {
    expect(loopback(asked(host))).toMatchObject({
      status: 421,
      body: {
        code: 'SLUICE_ADMIN_HOST_REFUSED',
        message: `the admin server is not to be asked under the name "${host}"`,
        hint: expect.stringContaining('--admin-allow-host <name>') as string,
      },
    })
  })

  test.each([
    '',
    'local host',
    'localhost:',
    'localhost:99999999',
    'user@localhost',
    'localhost/x',
    'a,localhost',
    '::1',
  ])('"%s" is none: 400', (host) =>
    expect(loopback(asked(host))).toMatchObject({ status: 400, body: { code: 'SLUICE_ADMIN_HOST_INVALID' } }),
  )

  test.each([[['Host', 'localhost', 'host', 'localhost']], [['Host', 'localhost', 'HOST', 'evil.example']], [[]]])(
    'of headers %j it cannot be told: 400',
    (rawHeaders) => expect(loopback(asked('', { rawHeaders }))).toMatchObject({ status: 400 }),
  )

  test('what the request line names counts as well', () => {
    expect(loopback(asked('localhost', { url: 'http://evil.example/metrics' }))).toMatchObject({ status: 421 })
    expect(loopback(asked('localhost', { url: 'http://127.0.0.1:9464/metrics' }))).toBeUndefined()
    expect(loopback(asked('localhost', { url: 'http:///metrics' }))).toMatchObject({ status: 400 })
  })

  test('the address that the connection came to is one, that of another connection is not', () => {
    const any = requestGuard('0.0.0.0', [])
    const at = (localAddress: string) => ({ socket: { localAddress } })
    expect(any(asked('10.0.0.5:9464', at('10.0.0.5')))).toBeUndefined()
    expect(any(asked('10.0.0.5:9464', at('::ffff:10.0.0.5')))).toBeUndefined()
    expect(any(asked('[fd00::5]:9464', at('fd00::5')))).toBeUndefined()
    expect(any(asked('10.0.0.6:9464', at('10.0.0.5')))).toMatchObject({ status: 421 })
    expect(any(asked('0.0.0.0:9464', at('127.0.0.1')))).toMatchObject({ status: 421 })
  })

  test('the name that it listens on is one', () => {
    expect(requestGuard('Sluice.internal', [])(asked('sluice.internal:9464'))).toBeUndefined()
    expect(requestGuard('fd00::5', [])(asked('[fd00::5]'))).toBeUndefined()
  })
})

describe('the page that asks the admin server', () => {
  test.each([
    ['localhost:9464', 'http://localhost:9464'],
    ['sluice.example', 'https://sluice.example'],
  ])('at %s, %s is its own', (host, origin) => expect(loopback(asked(host, { origin }))).toBeUndefined())

  test.each([
    ['http://evil.example'],
    ['null'],
    [''],
    ['http://localhost'],
    ['http://localhost:3000'],
    ['http://localhost:9464, http://localhost:9464'],
    ['http://localhost:9464.evil.example'],
    ['chrome-extension://localhost:9464'],
  ])('%s is of another origin: 403, also for GET', (origin) => {
    expect(loopback(asked('localhost:9464', { origin }))).toMatchObject({
      status: 403,
      body: { code: 'SLUICE_ADMIN_ORIGIN_REFUSED', hint: expect.any(String) as string },
    })
  })
})

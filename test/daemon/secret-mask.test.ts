import { expect, test } from 'vitest'
import { createLog } from '../../src/daemon/log.ts'
import { secretMask } from '../../src/daemon/secret-mask.ts'

test.each(['DB_PASSWORD', 'SLUICE_ADMIN_TOKEN', 'api_key', 'APIKEY', 'AWS_SECRET_ACCESS_KEY', 'SECRET', 'PRIVATE_PEM'])(
  'the value of %s becomes its name, wherever it stands',
  (name) => {
    const mask = secretMask({ [name]: 'hunter-22', HOME: '/home/hunter-22' })
    expect(mask('a hunter-22, "hunter-22"')).toBe(`a \${${name}}, "\${${name}}"`)
  },
)

test('other variables, short values and empty ones stay as they are', () => {
  const mask = secretMask({ HOME: '/home/me', KEYBOARD: 'qwertz', PIN_TOKEN: '12345', EMPTY_TOKEN: '' })
  expect(mask('/home/me qwertz 12345')).toBe('/home/me qwertz 12345')
})

test('characters of patterns mean themselves', () => {
  const value = String.raw`a.b*c(d)[e]{f}^$|+?/\-g`
  expect(secretMask({ MY_TOKEN: value })(`x${value}x axb`)).toBe('x${MY_TOKEN}x axb')
})

test('a secret that is a part of another one leaves nothing of it', () => {
  const mask = secretMask({ A_TOKEN: 'secret-1', B_TOKEN: 'secret-1-and-more' })
  expect(mask('secret-1-and-more secret-1')).toBe('${B_TOKEN} ${A_TOKEN}')
})

test('the password of a URL is three stars', () => {
  const mask = secretMask({})
  expect(mask('{"msg":"no answer of redis://me:hunter2@db:6379/0"}')).toBe(
    '{"msg":"no answer of redis://me:***@db:6379/0"}',
  )
  expect(mask('redis://:hunter2@db http://127.0.0.1:8080/a@b')).toBe('redis://:***@db http://127.0.0.1:8080/a@b')
})

test.each([false, true])(
  'no line of a log has a secret in it, also one that JSON escapes (pretty: %s)',
  async (isPretty) => {
    const secret = 'first "line"\nsecond\\line'
    const lines: string[] = []
    const destination = { write: (line: string) => void lines.push(line) }
    const log = await createLog({ isPretty, destination, environment: { KEY_SECRET: secret } })
    log.error(`it said ${secret}`, { detail: { secret: 1, nested: secret }, stack: `Error: ${secret}` })
    const text = lines.join('')
    expect(text).toContain('${KEY_SECRET}')
    expect(text).not.toMatch(/second/)
  },
)

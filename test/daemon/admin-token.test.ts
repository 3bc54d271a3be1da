import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { adminToken } from '../../src/daemon/admin-token.ts'
import { exitCodeOfOpening } from '../../src/daemon/exit-codes.ts'

const TOKEN = 'a-token-of-enough-characters'
const LOOPBACK = '127.0.0.1'
const folders: string[] = []

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true })
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-token-'))
  folders.push(path)
  return path
}

function tokenFile(text: string, mode = 0o600): string {
  const path = join(folder(), 'token')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** What a source is refused with. */
function refusal(source: Parameters<typeof adminToken>[0]): { code: string; message: string; exitCode: number } {
  try {
    adminToken(source)
  } catch (error) {
    const { code, message } = error as Error & { code: string }
    return { code, message, exitCode: exitCodeOfOpening(error) }
  }
  throw new Error('it was not refused')
}

describe('the token of the admin server', () => {
  test('none is needed where only this machine can ask', () => {
    for (const host of [LOOPBACK, 'localhost', '::1', '127.8.8.8']) expect(adminToken({ host })).toBeUndefined()
  })

  test.each(['0.0.0.0', '::', '10.0.0.5', 'sluice.example', '::ffff:127.0.0.1'])(
    'none is refused where other machines can ask, as at %s: 78',
    (host) => {
      expect(refusal({ host })).toEqual({
        code: 'SLUICE_ADMIN_TOKEN_MISSING',
        message: `other machines can reach "${host}", and the admin server has no token`,
        exitCode: 78,
      })
      expect(adminToken({ host, token: TOKEN })).toBe(TOKEN)
    },
  )

  test('one in a file is that of the file without the end of its line', () => {
    expect(adminToken({ host: '0.0.0.0', tokenFile: tokenFile(`${TOKEN}\n`) })).toBe(TOKEN)
    expect(adminToken({ host: LOOPBACK, tokenFile: tokenFile(TOKEN, 0o640) })).toBe(TOKEN)
  })

  test.each([
    '',
    'fifteen-charact',
    'with a blank in between',
    'mit-Umlaut-äöü-und-mehr',
    'two\nlines-of-a-file',
    'x'.repeat(4097),
  ])('"%s" is none, wherever it comes from, and is not told: 78', (token) => {
    for (const source of [{ token }, { tokenFile: tokenFile(token) }]) {
      const { code, message, exitCode } = refusal({ host: LOOPBACK, ...source })
      expect([code, exitCode]).toEqual(['SLUICE_ADMIN_TOKEN_INVALID', 78])
      if (token !== '') expect(message).not.toContain(token)
    }
  })

  test('two are refused: 78', () => {
    const source = { host: LOOPBACK, token: TOKEN, tokenFile: tokenFile(TOKEN) }
    expect(refusal(source)).toMatchObject({ code: 'SLUICE_ADMIN_TOKEN_TWICE', exitCode: 78 })
  })

  test.each([
    ['can be read by other users', () => tokenFile(TOKEN, 0o604)],
    ['is not a file with nothing but a token', () => tokenFile('x'.repeat(5000))],
    ['is not a file with nothing but a token', folder],
    ['cannot be read (ENOENT)', () => join(folder(), 'missing')],
  ])('a file that %s is refused with its path: 78', (why, make) => {
    const path = make()
    expect(refusal({ host: LOOPBACK, tokenFile: path })).toEqual({
      code: 'SLUICE_ADMIN_TOKEN_FILE_UNUSABLE',
      message: `the token file "${path}" ${why}`,
      exitCode: 78,
    })
  })
})

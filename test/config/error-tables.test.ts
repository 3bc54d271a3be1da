import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { CONFIG_ERRORS } from '../../src/config/errors.ts'
import { KIT_ERRORS } from '../../src/kit/errors.ts'
import { REGISTRY_ERRORS } from '../../src/registry/errors.ts'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('testing'))
  .map((path) => ({ path, text: readFileSync(join(SOURCES, path), 'utf8') }))

/** Each code that matches, with the files it is in. */
function codesBy(pattern: RegExp, isRead: (path: string) => boolean = () => true): ReadonlyMap<string, string[]> {
  const codes = new Map<string, string[]>()
  for (const { path, text } of files) {
    if (!isRead(path)) continue
    for (const [, code = ''] of text.matchAll(pattern)) codes.set(code, [...(codes.get(code) ?? []), path])
  }
  return codes
}

/** A line of a table is `CODE: {`. */
const tabled = codesBy(/^ +(SLUICE_[A-Z0-9_]+): \{/gm)
/** Code names a code in quotes; docs name it without, a table of exit codes only looks it up, and `env` has variables. */
const thrown = codesBy(/(?<!env\[)'(SLUICE_[A-Z0-9]+_[A-Z0-9_]*[A-Z0-9])'/g, (path) => !path.includes('exit-codes'))

test('every code that is thrown is in a table, and in one only', () => {
  expect(thrown.size).toBeGreaterThan(50)
  expect([...thrown].filter(([code]) => tabled.get(code)?.length !== 1)).toEqual([])
})

test('every code in the tables of kit, registry and config is thrown somewhere', () => {
  const codes = Object.keys({ ...KIT_ERRORS, ...REGISTRY_ERRORS, ...CONFIG_ERRORS })
  expect(codes.filter((code) => !tabled.has(code))).toEqual([])
  expect(codes.filter((code) => !thrown.has(code))).toEqual([])
})

test.each([...Object.entries(CONFIG_ERRORS), ...Object.entries(REGISTRY_ERRORS)])(
  '%s says in one line what it is, and in another what to do',
  (code, entry) => {
    expect(code).toMatch(/^SLUICE_(?:CONFIG|COMPONENT|MODULE)_[A-Z_]+$/)
    const { summary, hint = 'do this' }: { summary: string; hint?: string } = entry
    for (const line of [summary, hint]) expect(line).toMatch(/^\S.{3,130}[^.\s]$/)
  },
)

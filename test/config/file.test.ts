import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MAX_FILE_BYTES } from '../../src/config/file.ts'
import { loadPipeline } from '../../src/config/load.ts'
import { brief, GOOD, load, pathOf, problemsOf, refusalOf, registry, write } from './loading.ts'

const OPTIONS = { registry, environment: {}, memoryBytes: 1_000_000_000 }

/** What is said of a file that can't be read: no line, no text. */
async function refusalOfPath(path: string) {
  const { code, problems, text } = await refusalOf(loadPipeline(path, OPTIONS))
  expect(text).toBeUndefined()
  expect(problems).toMatchObject([{ code, severity: 'error', file: path, path: [] }])
  expect(problems[0]).not.toHaveProperty('line')
  return { code, message: problems[0]!.message, hint: problems[0]!.hint }
}

test('a file that is not there is told with its path', async () => {
  expect(await refusalOfPath(pathOf('nowhere.yaml'))).toEqual({
    code: 'SLUICE_CONFIG_FILE_MISSING',
    message: 'there is no such file',
    hint: 'check the path; it is taken from the folder the command runs in',
  })
})

test.each([
  ['a file as a folder', () => join(write(GOOD), 'x.yaml')],
  ['a name longer than names can be', () => pathOf(`${'x'.repeat(300)}.yaml`)],
  ['a name with a zero character in it', () => pathOf('a\0b.yaml')],
])('%s is no file either', async (_, path) => {
  expect((await refusalOfPath(path())).code).toBe('SLUICE_CONFIG_FILE_MISSING')
})

test('a folder is told', async () => {
  mkdirSync(pathOf('folder'), { recursive: true })
  expect(await refusalOfPath(pathOf('folder'))).toEqual({
    code: 'SLUICE_CONFIG_FILE_DIRECTORY',
    message: 'this is a folder, not a file',
    hint: 'name the file inside it',
  })
})

// The superuser may read everything.
describe.skipIf(process.getuid?.() === 0)('as a user', () => {
  test('a file that may not be read is told', async () => {
    const path = write(GOOD, 'secret.yaml')
    chmodSync(path, 0)
    expect((await refusalOfPath(path)).code).toBe('SLUICE_CONFIG_FILE_PERMISSION')
  })
})

test('a device without an end is read up to the limit', async () => {
  expect((await refusalOfPath('/dev/zero')).code).toBe('SLUICE_CONFIG_TOO_COMPLEX')
})

test('1 MiB is read, and not a byte more', async () => {
  const largest = GOOD + '#'.repeat(MAX_FILE_BYTES - GOOD.length)
  await expect(load(largest)).resolves.toBeDefined()
  await expect(load(`${largest}#`)).rejects.toMatchObject({ code: 'SLUICE_CONFIG_TOO_COMPLEX' })
})

test('text in another encoding is told at its first byte that is not UTF-8', async () => {
  const bytes = Buffer.concat([Buffer.from('pipeline: a\n# é '), Buffer.from([0xe9]), Buffer.from('\n')])
  expect((await problemsOf(bytes)).map(brief)).toEqual(['2:5 FILE_ENCODING this is not UTF-8 text | save it as UTF-8'])
})

test('a control character is told at its place', async () => {
  expect((await problemsOf('pipeline: a\nx: \u001b[31m\n')).map(brief)).toEqual([
    '2:4 FILE_ENCODING a control character (U+001B) is not text | save it as UTF-8',
  ])
})

test('a byte order mark at the start moves no column', async () => {
  await expect(load(`\ufeff${GOOD}`)).resolves.toBeDefined()
  expect((await problemsOf('\ufeffpipelin: a\n'))[0]).toMatchObject({ line: 1, column: 1 })
})

test('lines may end as on Windows', async () => {
  await expect(load(GOOD.replaceAll('\n', '\r\n'))).resolves.toBeDefined()
  const problems = await problemsOf(GOOD.replace('concurrency', 'concurency').replaceAll('\n', '\r\n'))
  expect(problems).toMatchObject([{ line: 15, column: 5, endColumn: 15 }])
})

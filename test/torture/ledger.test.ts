import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seeded } from '../e2e/clients.ts'
import { isTorn, judge, linesOf, tear } from './ledger.ts'
import { makePayment, writeLetter, type Letter } from './payments.ts'

let path: string
beforeEach(async () => (path = join(await mkdtemp(join(tmpdir(), 'sluice-')), 'ledger.ndjson')))
afterEach(() => rm(join(path, '..'), { recursive: true }))

const random = seeded(1)
const line = (id: string): string => JSON.stringify(makePayment(id, 5, random))

async function judged(lines: readonly string[], ...letters: readonly Partial<Letter>[]) {
  await writeFile(path, lines.map((text) => `${text}\n`).join(''))
  const all = letters.map((change, index) => ({
    ...writeLetter(`p-${index}`, random).letter,
    ids: [`p-${index}`],
    ...change,
  }))
  return await judge(linesOf(path), new Map(all.flatMap((letter) => letter.ids.map((id) => [id, letter]))))
}

describe('the ledger after a torture', () => {
  test('what was answered with 2xx is there, once: nothing is wrong', async () => {
    const verdict = await judged([line('p-0'), line('p-1')], { confirmedAfter: 0 }, { confirmedAfter: 3 })
    expect(verdict).toEqual({ lines: 2, duplicates: 0, violations: [] })
  })

  test('what was answered with 2xx and is missing is told, with the kill before its answer', async () => {
    const { violations } = await judged([line('p-0')], { confirmedAfter: 0 }, { confirmedAfter: 3 })
    expect(violations).toEqual(['p-1 is missing, though it was answered with 2xx after 3 kills'])
  })

  test('what had no answer may be there or not', async () => {
    expect((await judged([line('p-0')], {}, {})).violations).toEqual([])
  })

  test('a payment is there once more for each kill that found it under way, and no more', async () => {
    const twice = [line('p-0'), line('p-0')]
    expect(await judged(twice, { exposures: 1 })).toEqual({ lines: 2, duplicates: 1, violations: [] })
    const { duplicates, violations } = await judged([...twice, line('p-0')], { exposures: 1 })
    expect(duplicates).toBe(2)
    expect(violations).toEqual(['p-0 is there 3 times, though only 1 kills found it under way'])
  })

  test.each([
    ['a torn line', `${line('p-0').slice(0, 9)}${line('p-0')}`, 'line 1 is no payment'],
    ['an empty line', '', 'line 1 is no payment'],
    ['a line of zeros', '\0\0\0\0', 'line 1 is no payment'],
    [
      'a payment that has lost some of its note',
      JSON.stringify({ id: 'p-0', size: 5, note: 'xx' }),
      'line 1 is no payment',
    ],
    ['a payment that nobody has sent', line('torn-7'), 'line 1 is of torn-7, which nobody has sent'],
  ])('%s is told', async (_, text, violation) => {
    const { violations } = await judged([text], {})
    expect(violations).toEqual([expect.stringContaining(violation)])
  })

  test('a line that was torn by hand has no end, and is never whole', async () => {
    await writeFile(path, '')
    expect(await isTorn(path)).toBe(false)
    await writeFile(path, `${line('p-0')}\n`)
    expect(await isTorn(path)).toBe(false)
    await tear(path, makePayment('torn-1', 100, random), random)
    expect(await isTorn(path)).toBe(true)
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(2)
  })
})

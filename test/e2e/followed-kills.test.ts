import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Mark } from '../../src/kit/reading/checkpoints.ts'
import { file, folder, Sluice, until } from './sluice.ts'

const KILLS = 6
const LINES_PER_PART = 4_000
const WIDTH = 20

/** Lines of one length, so that a place in the file is a count of lines. */
function lines(from: number, count: number): string {
  return Array.from({ length: count }, (_, nth) => `${String(from + nth).padStart(WIDTH - 1)}\n`).join('')
}

function numbersIn(path: string): number[] {
  if (!existsSync(path)) return []
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return whole.map(Number)
}

/** How many lines checkpoints say had an outcome. */
function writtenDown(state: string): number {
  const path = join(state, 'checkpoints.json')
  if (!existsSync(path)) return 0
  const text = readFileSync(path, 'utf8')
  const { marks } = JSON.parse(text.slice(text.indexOf(' ') + 1)) as { marks: Mark[] }
  const bytes = marks.flatMap(({ offset, above }) => [offset, ...above.map(([from, to]) => to - from)])
  return bytes.reduce((sum, count) => sum + count, 0) / WIDTH
}

test(`killed ${KILLS} times while files grow and are rotated: every line arrives, and twice only what was not written down`, async () => {
  const place = folder()
  const log = join(place, 'app.ndjson')
  const output = join(place, 'out.ndjson')
  const state = join(place, 'state')
  const config = file(`pipeline: follow
producers:
  lines: { file: { path: "${log}*", checkpoints: "${state}", poll: 20ms } }
stages:
  kept: { from: lines, filter: data >= 0 }
consumers:
  output: { from: kept, file: { path: "${output}", interval: 20ms } }
`)
  let next = 0
  let most = 0
  for (let kills = 0; kills < KILLS; kills++) {
    const process = new Sluice(['run', config, '--admin-port', '0'])
    await process.isRunning()
    const before = numbersIn(output).length
    appendFileSync(log, lines(next, LINES_PER_PART))
    next += LINES_PER_PART
    if (kills % 2 === 1) {
      renameSync(log, `${log}.${kills}`)
      appendFileSync(log, lines(next, LINES_PER_PART))
      next += LINES_PER_PART
    }
    // In the midst of it, and after the first second, when something was written down.
    const enough =
      kills % 3 === 0 ? () => numbersIn(output).length > before : () => numbersIn(output).length > before + 3_000
    await until(enough, () => `lines in the output:\n${process.stderr}`)
    if (kills % 3 === 2)
      await until(
        () => writtenDown(state) > next / 2,
        () => `checkpoints:\n${process.stderr}`,
      )
    await process.kill()
    most += numbersIn(output).length - writtenDown(state)
  }
  const last = new Sluice(['run', config, '--admin-port', '0'])
  await last.isRunning()
  await until(
    () => new Set(numbersIn(output)).size === next,
    () => `all lines:\n${last.stderr}`,
  )
  last.send('SIGTERM')
  const { exitCode, stderr } = await last.ended
  expect(exitCode, stderr).toBe(0)
  const numbers = numbersIn(output)
  expect(new Set(numbers)).toEqual(new Set(Array.from({ length: next }, (_, nth) => nth)))
  expect(numbers.length - next).toBeLessThanOrEqual(most)
  expect(writtenDown(state)).toBe(next)
})

test('read once to its end: 0, and what could not be read: 65; a file that is missing: 66', async () => {
  const place = folder()
  const config = (name: string): string =>
    file(`pipeline: once
producers:
  lines: { file: { path: "${join(place, name)}", checkpoints: "${join(place, `state-${name}`)}", read: once } }
consumers:
  output: { from: lines, stdout: {} }
`)
  appendFileSync(join(place, 'good'), '{"a":1}\n')
  appendFileSync(join(place, 'bad'), '{"a":1}\n{\n')
  const run = async (name: string) => await new Sluice(['run', config(name), '--admin-port', '0']).ended
  expect(await run('good')).toMatchObject({ exitCode: 0, stdout: '{"a":1}\n' })
  expect(await run('bad')).toMatchObject({ exitCode: 65, stdout: '{"a":1}\n' })
  const missing = await run('missing')
  expect(missing.exitCode, missing.stderr).toBe(66)
  expect(missing.stderr).toContain('SLUICE_FILE_MISSING')
})

import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Mark } from '../../../src/kit/reading/checkpoints.ts'
import type { Door } from './door.ts'

/** Lines of one length, so that a place in the file is a count of lines. */
const WIDTH = 20

function linesOf(first: number, count: number): string {
  return Array.from({ length: count }, (_, nth) => `${String(first + nth).padStart(WIDTH - 1)}\n`).join('')
}

function numbersIn(path: string): number[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number)
}

/** How many lines checkpoints say had an outcome. */
function writtenDown(path: string): number {
  if (!existsSync(path)) return 0
  const text = readFileSync(path, 'utf8')
  const { marks } = JSON.parse(text.slice(text.indexOf(' ') + 1)) as { marks: Mark[] }
  const bytes = marks.flatMap(({ offset, above }) => [offset, ...above.map(([from, to]) => to - from)])
  return bytes.reduce((sum, count) => sum + count, 0) / WIDTH
}

/** From files that grow, of which the live one gets another name now and then, to one file. */
export function fileDoor(folder: string): Door {
  const log = join(folder, 'app.ndjson')
  const output = join(folder, 'out.ndjson')
  const state = join(folder, 'state')
  const checkpoints = join(state, 'checkpoints.json')
  let adds = 0
  return {
    pipeline: `pipeline: files
producers:
  lines: { file: { path: "${log}*", checkpoints: "${state}", poll: 20ms } }
stages:
  kept: { from: lines, filter: data >= 0 }
consumers:
  output: { from: kept, file: { path: "${output}", interval: 20ms } }
`,
    daemons: ['one'],
    async add(first, count) {
      const half = count >> 1
      appendFileSync(log, linesOf(first, half))
      // Whatever of it was read, the rest is read under another name.
      if (++adds % 2 === 0) renameSync(log, `${log}.${adds}`)
      appendFileSync(log, linesOf(first + half, count - half))
    },
    // Every third kill comes when it was written down how far that is, which takes a second.
    count: async () => (adds % 3 === 0 ? writtenDown(checkpoints) : new Set(numbersIn(output)).size),
    numbers: async () => numbersIn(output),
    isSettled: async (count) => writtenDown(checkpoints) === count,
    mayComeAgain: () => new Set(numbersIn(output)).size - writtenDown(checkpoints),
    close: () => {},
  }
}

import { renameSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Mark } from '../../src/kit/reading/checkpoints.ts'
import { Folder, killed, ndjson, ReadingRun } from '../support/reading-run.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('file: whatever happens to files and processes', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), lines: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('rotate' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), polls: fc.nat(6) }) },
  )

  test('each line comes, and after a kill only what had no outcome that was written down (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const folder = new Folder()
        const options = { path: folder.at('app.ndjson*') }
        let run = await ReadingRun.start(folder, options)
        const seen: unknown[] = []
        let written = new Map<string, Mark>()
        let next = 0
        let rotations = 0
        for (const one of steps) {
          if (one.do === 'append') folder.append('app.ndjson', ndjson(...numbers(one.lines).map(() => next++)))
          else if (one.do === 'rotate') rotate(folder, ++rotations)
          else if (one.do === 'wait') await run.env.advanceAsync(250 * one.polls)
          else {
            const checkpoints = killed(run, folder)
            seen.push(...run.values)
            await run.stop()
            expect(run.ids.filter((id) => isWritten(id, written))).toEqual([])
            run = await ReadingRun.start(folder, { ...options, checkpoints })
            written = new Map(run.marks.map((mark) => [mark.token, mark]))
          }
        }
        await run.until(() => new Set([...seen, ...run.values]).size === next, 'all lines have come')
        await run.stop()
        const all = numbers(next).map((value) => value - 1)
        expect(new Set([...seen, ...run.values])).toEqual(new Set(all))
        expect(run.ids.filter((id) => isWritten(id, written))).toEqual([])
        expect(new Set(run.ids).size).toBe(run.ids.length)
      }),
      { numRuns: 12 },
    )
  })
})

function rotate(folder: Folder, count: number): void {
  folder.append('app.ndjson', '')
  renameSync(folder.at('app.ndjson'), folder.at(`app.ndjson.${count}`))
}

/** Whether checkpoints say that a message had an outcome. */
function isWritten(id: string, marks: ReadonlyMap<string, Mark>): boolean {
  const [, token = '', start = ''] = /:(.*)@(.*)$/.exec(id) ?? []
  const mark = marks.get(token)
  if (mark === undefined) return false
  return Number(start) < mark.offset || mark.above.some(([from, to]) => from <= Number(start) && Number(start) < to)
}

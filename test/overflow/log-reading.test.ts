import { describe, expect, test } from 'vitest'
import type { LogProblem } from '../../src/overflow/log/problem.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import { contentOf, frame, numbered, openLog } from './logs.ts'

describe('segmented log: reading while it is written to', () => {
  test('what is read while a segment is left for the next one is all there, and nothing is called missing', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const problems: LogProblem[] = []
      const log = await openLog(new SimulatedDisk(seed), { report: (problem) => void problems.push(problem) })
      for (let number = 1; number <= 9; number++) {
        const appending = log.append([frame(String(number).padEnd(3000))])
        for (let turns = 0; turns < 12; turns++) {
          const confirmed = numbered(1, log.next - 1)
          expect((await contentOf(log)).slice(0, confirmed.length)).toEqual(confirmed)
          await Promise.resolve()
        }
        await appending
      }
      expect(problems).toEqual([])
    }
  })
})

import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineProducer } from '../../src/core/component.ts'
import { realEnv } from '../../src/core/env.ts'
import { placeError } from '../../src/core/errors.ts'
import { collect } from '../support/ends.ts'
import { line, until } from '../support/pipeline.ts'

/** Early by more than the timers of Node.js ever are, and than a turn takes. */
const EARLY_MS = 100

test('A3: a source that could not be reached is asked again, also where the timer fires a little early', async () => {
  const after = (ms: number, go: () => void) => realEnv.after(Math.max(0, ms - EARLY_MS), go)
  const env = { ...realEnv, after, random: () => 0.9 }
  let asked = 0
  const component = defineProducer({
    name: 'source',
    summary: 'Cannot be reached at first.',
    options: z.strictObject({}),
    create: (_options, { message, end }) => ({
      handleDemand: () => {
        if (++asked === 1) throw placeError('TEST_DOWN', 'not there')
        end()
        return [message('a')]
      },
    }),
  })
  const sink = collect()
  const { graph } = line([{ component }, sink], env)
  await graph.start()
  await until(() => sink.values.length === 1, 'it is asked again')
  expect((await graph.finishedReport).outcome).toBe('finished')
})

import { expect, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import type { PipelineBuilder } from '../../src/config/builder-types.ts'
import { discard } from '../../src/consumers/discard.ts'
import { checkPipeline } from '../../src/core/check.ts'
import { drainedBy } from '../../src/daemon/drained.ts'
import { generate } from '../../src/producers/generate.ts'
import { http } from '../../src/producers/http.ts'
import { batch } from '../../src/stages/batch.ts'
import { filter } from '../../src/stages/filter.ts'
import { unbatch } from '../../src/stages/unbatch.ts'

/** What a pipeline drains one of its overflows by: each node with those that it reads from. */
function drained(ends: { from: string; to: string | undefined }) {
  const { spec } = definePipeline('whole', whole).load(1e9)
  const made = drainedBy(spec, ends)
  // Nobody sends to a stand-in, and nobody writes one: what it is durable by is there to be drained.
  const problems = checkPipeline(made).filter(
    ({ severity, setting }) => severity === 'error' && setting[0] !== 'durable',
  )
  expect(problems).toEqual([])
  expect(made.nodes.flatMap(({ component }) => component.exclusive ?? [])).toEqual([])
  expect(made.home).toBeUndefined()
  return Object.fromEntries(made.nodes.map(({ name, from }) => [name, from.map((edge) => edge.from)]))
}

/**
 *     door ─▶ groups ─▶ singles ─▶ kept ─▶ end
 *        └──▶ seen        clock ──▶ ┘
 */
function whole(p: PipelineBuilder): void {
  const door = p.producer('door', http({ port: 8080 }), { durable: true })
  const clock = p.producer('clock', generate({ count: 1 }))
  const groups = p.stage('groups', door, batch({ size: 10 }))
  const singles = p.stage('singles', groups, unbatch(), { overflow: true })
  const kept = p.stage(
    'kept',
    [singles, clock],
    filter(() => true),
  )
  p.consumer('end', kept, discard())
  p.consumer('seen', door, discard())
}

test('of an edge: the nodes below it alone, without what else leads into them', () => {
  expect(drained({ from: 'groups', to: 'singles' })).toEqual({
    nothing: [],
    groups: ['nothing'],
    singles: ['groups'],
    kept: ['singles'],
    end: ['kept'],
  })
})

test('of a durable producer: all that it gives to, and no door is opened', () => {
  expect(drained({ from: 'door', to: undefined })).toEqual({
    door: [],
    groups: ['door'],
    singles: ['groups'],
    kept: ['singles'],
    end: ['kept'],
    seen: ['door'],
  })
})

import { expect, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { realEnv } from '../../src/core/env.ts'
import { discard } from '../../src/consumers/discard.ts'
import { generate } from '../../src/producers/generate.ts'
import { brief, GOOD, problemsOf, specOf } from './loading.ts'

test('a group has the name of its pipeline, or its own; without one there is none', async () => {
  expect(await specOf(GOOD)).not.toHaveProperty('group')
  expect(await specOf(`${GOOD}group: { redis: {} }\n`)).toMatchObject({ group: { name: 'payments' } })
  expect(await specOf(`${GOOD}group: { name: shops, redis: {} }\n`)).toMatchObject({ group: { name: 'shops' } })
})

test('the builder has it too', () => {
  const pipeline = definePipeline(
    'small',
    (p) => p.consumer('end', p.producer('numbers', generate({ count: 1 })), discard()),
    { group: { redis: { url: 'redis://127.0.0.1:6380' } } },
  )
  expect(pipeline.load(Number.MAX_SAFE_INTEGER).spec.group).toMatchObject({ name: 'small' })
})

test('what it is told about joining arrives: it tries at the address that is written', async () => {
  const { group } = await specOf(`${GOOD}group: { redis: { url: "redis://127.0.0.1:1", connectTimeout: 50ms } }\n`)
  const aborting = new AbortController()
  const said: string[] = []
  const say = (message: string): void => {
    said.push(message)
    aborting.abort()
  }

  const log = { debug: say, info: say, warn: say, error: say }
  const joining = group!.join({ env: realEnv, log, signal: aborting.signal, onMessage: () => undefined })
  await expect(joining).rejects.toMatchObject({ code: 'SLUICE_GROUP_LEFT' })
  expect(said).toEqual([expect.stringMatching(/^can't join the group "payments": .*127\.0\.0\.1:1.*is tried again$/)])
})

test.each([
  ['group: {}', ['17:1 KEY_MISSING `group` needs `redis`']],
  ['group: true', ['17:8 TYPE `group`: expected a map']],
  ['group: { redis: {}, names: x }', ['17:21 KEY_UNKNOWN `names` is not a setting of `group`']],
  ['group: { redis: { url: "http://user:canary@host" } }', ['17:24 VALUE `url`: begin with redis://']],
])('%s is told at its place', async (written, begins) => {
  const problems = (await problemsOf(`${GOOD}${written}\n`)).map(brief)
  expect(problems).toEqual(begins.map((begin) => expect.stringContaining(begin)))
  expect(problems.join()).not.toContain('canary')
})

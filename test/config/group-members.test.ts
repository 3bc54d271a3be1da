import { hostname } from 'node:os'
import { expect, test, vi } from 'vitest'
import type { GroupWorld } from '../../src/core/group.ts'
import { GOOD, specOf } from './loading.ts'

const joined = vi.hoisted(() => [] as { readonly name: string; readonly member?: string }[])

vi.mock('../../src/redis/group/join.ts', () => ({
  join: (options: (typeof joined)[number]) => void joined.push(options),
}))

test.each([
  ['redis: {}', 'payments', hostname()],
  ['name: payments, redis: {}', 'payments', hostname()],
  ['name: shops, redis: {}', 'shops', `${hostname()}/payments`],
  ['name: shops, member: one, redis: {}', 'shops', 'one'],
])('a pipeline with the group { %s } is in %s as %s', async (written, name, member) => {
  const { group } = await specOf(`${GOOD}group: { ${written} }\n`)
  await group!.join({} as GroupWorld)
  expect(joined.at(-1)).toMatchObject({ name, member })
})

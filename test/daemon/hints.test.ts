import { expect, test } from 'vitest'
import { KERNEL_ERRORS } from '../../src/core/errors.ts'
import { DAEMON_ERRORS, daemonError } from '../../src/daemon/errors.ts'
import { hintFor } from '../../src/daemon/hints.ts'
import { COMPONENT_ERRORS } from '../../src/kit/component-errors.ts'
import { KIT_ERRORS } from '../../src/kit/errors.ts'
import { REDIS_ERRORS } from '../../src/redis/errors.ts'
import { STREAM_ERRORS } from '../../src/redis/stream/errors.ts'
import { GROUP_ERRORS } from '../../src/redis/group/errors.ts'
import { TEXT_ERRORS } from '../../src/redis/text-errors.ts'
import { REGISTRY_ERRORS } from '../../src/registry/errors.ts'

const TABLES = {
  KERNEL_ERRORS,
  KIT_ERRORS,
  COMPONENT_ERRORS,
  REDIS_ERRORS,
  STREAM_ERRORS,
  GROUP_ERRORS,
  TEXT_ERRORS,
  REGISTRY_ERRORS,
  DAEMON_ERRORS,
}

test('a code stands in one table only, so that its hint is its own', () => {
  const codes = Object.values(TABLES).flatMap((table) => Object.keys(table))
  expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted())
})

test.each(Object.entries(TABLES))('%s: every code has its hint', (_, table: Record<string, { hint: string }>) => {
  for (const [code, { hint }] of Object.entries(table)) expect(hintFor(code)).toBe(hint)
})

test('an error of somebody else has none', () => {
  expect([hintFor('ENOENT'), hintFor('toString'), hintFor(undefined)]).toEqual([undefined, undefined, undefined])
})

test('an error of the daemon is of the place, and keeps its cause', () => {
  const cause = new Error('in use')
  expect(daemonError('SLUICE_ADMIN_LISTEN_FAILED', 'no', cause)).toMatchObject({ kind: 'place', cause })
})

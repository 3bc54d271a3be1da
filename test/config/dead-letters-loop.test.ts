import { expect, test } from 'vitest'
import { createRegistry } from '../../src/registry/registry.ts'
import { brief, load, problemsOf } from './loading.ts'

const REAL = { registry: createRegistry() }

const between = (producer: string, deadLetters: string): string =>
  [
    'pipeline: orders',
    'producers:',
    '  jobs:',
    `    ${producer}`,
    'consumers:',
    '  out:',
    '    from: jobs',
    '    discard:',
    'deadLetters:',
    `  ${deadLetters}`,
    '',
  ].join('\n')

const LOOP =
  '10:3 DEAD_LETTERS_LOOP dead letters go to where the producer `jobs` takes its messages from | let them go elsewhere'

test.each([
  ['bullmq: orders', 'bullmq: orders'],
  ['bullmq: orders', 'bullmq: { queue: orders, url: "redis://127.0.0.1:6379/0" }'],
  ['bullmq: { queue: orders, prefix: x, db: 3 }', 'bullmq: { queue: orders, prefix: x, url: "redis://127.0.0.1/3" }'],
  ['redis-stream: { stream: orders, group: billing }', 'redis-stream: { stream: orders }'],
  ['redis-list: { list: orders }', 'redis-list: { list: orders }'],
])('dead letters never come in again as messages: %s with %s', async (producer, deadLetters) => {
  expect((await problemsOf(between(producer, deadLetters), REAL)).map(brief)).toEqual([LOOP])
})

test.each([
  ['bullmq: orders', 'bullmq: orders-dead'],
  ['bullmq: orders', 'bullmq: { queue: orders, db: 1 }'],
  ['bullmq: orders', 'bullmq: { queue: orders, prefix: x }'],
  ['bullmq: orders', 'bullmq: { queue: orders, url: "redis://127.0.0.1:6380" }'],
  ['redis-stream: { stream: orders, group: billing }', 'redis-list: { list: orders-dead }'],
])('they may go elsewhere: %s with %s', async (producer, deadLetters) => {
  await expect(load(between(producer, deadLetters), REAL)).resolves.toMatchObject({ warnings: [] })
})

import { expect, test } from 'vitest'
import { createRegistry } from '../../src/registry/registry.ts'
import { brief, load } from './loading.ts'

const REAL = { registry: createRegistry() }

const sending = (component: string, settings = ''): string =>
  [
    'pipeline: orders',
    'producers:',
    '  numbers:',
    '    generate:',
    'consumers:',
    '  out:',
    '    from: numbers',
    `    ${component}`,
    ...(settings === '' ? [] : [`    ${settings}`]),
    '',
  ].join('\n')

async function warned(text: string): Promise<unknown> {
  return (await load(text, REAL)).warnings.map(brief)
}

test.each([
  ['http: { url: "http://ledger.test/", timeout: 30s }', '', '30s', '30s'],
  ['http: { url: "http://ledger.test/", timeout: 1m }', '', '1m', '30s'],
  ['http: { url: "http://ledger.test/" }', 'timeout: 5s', '20s', '5s'],
])(
  'a request that may take longer than its node lets it is warned of: %s %s',
  async (component, settings, ...texts) => {
    expect(await warned(sending(component, settings))).toEqual([
      `8:5 PIPELINE a call of \`http\` may take its \`timeout\` of ${texts[0]}, and \`out\` ends each call after ${texts[1]} | give \`out\` a \`timeout\` beside \`http\` that is longer, or \`http\` a shorter one`,
    ])
  },
)

test.each([
  ['http: { url: "http://ledger.test/" }', ''],
  ['http: { url: "http://ledger.test/", timeout: 1m }', 'timeout: 61s'],
  ['stdout:', 'timeout: 1s'],
])('one that may not is not: %s %s', async (component, settings) => {
  expect(await warned(sending(component, settings))).toEqual([])
})

test('dead letters that are sent are requests too', async () => {
  const letters = 'deadLetters:\n  http: { url: "http://letters.test/", timeout: 10m }\n'
  expect(await warned(sending('stdout:') + letters)).toEqual([
    expect.stringContaining('10:3 PIPELINE a call of `http` may take its `timeout` of 10m'),
  ])
})

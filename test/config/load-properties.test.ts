import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { stringify, type CreateNodeOptions, type DocumentOptions, type SchemaOptions, type ToStringOptions } from 'yaml'
import { ConfigError, type Problem, type RelatedPlace } from '../../src/config/errors.ts'
import { renderConfigError } from '../../src/config/render.ts'
import type { PipelineSpec } from '../../src/core/spec.ts'
import { GOOD, load, specOf } from './loading.ts'

/** What YAML, our schema and people's mistakes are made of. */
const WORDS = `pipeline producers stages consumers http filter batch file discard from demand key timeout when size path
  ingress valid ledger data.a>0 min(data.a,2) 8080 0777 1e999 200ms 64KiB true null yes ~ \${A} \${A:-b} \${ $$\{A} __proto__
  constructor a é 😀 \u2028 \u202e \u0007`.split(/\s+/)
const MARKS = [
  '\n',
  '\n  ',
  '\n    ',
  '\r\n',
  '\t',
  ' ',
  ': ',
  ':',
  '- ',
  '{ ',
  ' }',
  '[',
  ']',
  ', ',
  ',',
  '"',
  "'",
  '#',
  ' # ',
]
const SIGNS = ['&a ', '*a', '!x ', '!!str ', '|', '>-', '---\n', '...\n', '%YAML 1.2\n', '? ', '<<: ', '@', '`', '\\']

const word = fc.constantFrom(...WORDS)
const piece = fc.oneof(
  { weight: 3, arbitrary: word },
  { weight: 3, arbitrary: fc.constantFrom(...MARKS) },
  fc.constantFrom(...SIGNS),
)
const rubbish = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

/** The good file after an accident or several: something cut out, something put in. */
const damaged = fc
  .array(fc.record({ at: fc.nat(GOOD.length), cut: fc.nat(12), put: fc.oneof(piece, fc.constant('')) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((accidents) =>
    accidents.reduce((text, { at, cut, put }) => `${text.slice(0, at)}${put}${text.slice(at + cut)}`, GOOD),
  )

function expectInside(place: Partial<Problem> | RelatedPlace, lines: readonly string[]): void {
  const { line = 0, column = 0, endLine = 0, endColumn = 0 } = place
  expect(lines[line - 1], `line ${line}`).toBeDefined()
  expect(column).toBeGreaterThan(0)
  expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1)
  expect(endLine).toBeLessThanOrEqual(lines.length)
  expect(endLine * 1e6 + endColumn).toBeGreaterThanOrEqual(line * 1e6 + column)
}

/** A spec, or an error of ours whose problems all have a place inside the file and words on one line. */
async function expectJudged(text: string): Promise<void> {
  const outcome = await load(text, { environment: { A: 'x' } }).catch((error: unknown) => error)
  if (!(outcome instanceof ConfigError)) {
    expect(outcome).toMatchObject({ spec: { nodes: expect.any(Array) }, warnings: expect.any(Array) })
    return
  }
  const lines = text.split('\n')
  for (const problem of outcome.problems) {
    expectInside(problem, lines)
    for (const place of problem.related ?? []) expectInside(place, lines)
    expect(`${problem.message}${problem.hint}`).not.toMatch(/\p{Cc}|[\u2028\u202e]/u)
  }
  expect(renderConfigError(outcome)).toContain(outcome.problems[0]!.message)
}

property.prop([rubbish], { numRuns: 250 })(
  'any rubbish is judged, and the place of each problem is in it (property)',
  expectJudged,
)

property.prop([damaged], { numRuns: 250 })(
  'a damaged file is judged, and the place of each problem is in it (property)',
  expectJudged,
)

const FORMATS: readonly (DocumentOptions & SchemaOptions & CreateNodeOptions & ToStringOptions)[] = [
  {},
  { indent: 4, lineWidth: 0 },
  { collectionStyle: 'flow', lineWidth: 0 },
  { collectionStyle: 'flow', lineWidth: 30 },
  { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_SINGLE', lineWidth: 40 },
  { defaultStringType: 'QUOTE_SINGLE', indentSeq: false },
  { defaultStringType: 'BLOCK_LITERAL', defaultKeyType: 'PLAIN' },
]

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const duration = fc
  .integer({ min: 1, max: 999 })
  .chain((count) => fc.constantFrom(`${count}ms`, `${count}s`, `${count}.5s`))
const expression = fc.constantFrom(
  'data.a > 0',
  '!data.ok',
  'data.kind === "a: b, c # d"',
  'min(data.a, 2) > 1',
  'data.a ? 1 : 2',
)
const settings = {
  concurrency: optional(fc.integer({ min: 1, max: 100 })),
  demand: optional(fc.oneof(fc.integer({ min: 1, max: 500 }), fc.record({ max: fc.constant(9), min: fc.constant(3) }))),
  order: optional(fc.constantFrom('input', 'key', 'none')),
  timeout: optional(duration),
  key: optional(expression),
}
const stage = fc.oneof(
  fc.record({ ...settings, filter: expression }),
  fc.record({ ...settings, filter: fc.record({ when: expression, reject: fc.boolean() }) }),
  fc.record({
    ...settings,
    map: fc.dictionary(fc.constantFrom('x', 'y-1', 'z z'), expression, { minKeys: 1, noNullPrototype: true }),
  }),
  fc.record({ ...settings, batch: fc.record({ size: fc.integer({ min: 1, max: 100 }), timeout: duration }) }),
)

/** A chain of stages between an ingress and a ledger. */
const pipeline = fc.record({
  stages: fc.array(stage, { maxLength: 4 }),
  port: fc.integer({ min: 1, max: 9999 }),
  last: fc.record(settings),
})

function documentOf({ stages, port, last }: typeof pipeline extends fc.Arbitrary<infer T> ? T : never): object {
  const names = ['ingress', ...stages.map((_, index) => `stage-${index}`)]
  const links = stages.map((node, index) => [names[index + 1]!, { from: names[index]!, ...node }] as const)
  return {
    pipeline: 'a',
    producers: { ingress: { maxUnacked: 10_000_000, http: { port, path: '/a' } } },
    ...(links.length > 0 && { stages: Object.fromEntries(links) }),
    consumers: { ledger: { from: { [names.at(-1)!]: { demand: 7 } }, ...last, file: 'a: b.ndjson' } },
  }
}

/** All of a spec that can be compared: expressions by their text. */
function comparable(spec: PipelineSpec): unknown {
  return JSON.parse(
    JSON.stringify(spec, (_, value: unknown) =>
      typeof value === 'function' ? ((value as { source?: string }).source ?? 'a function') : value,
    ),
  )
}

property.prop([pipeline, fc.constantFrom(...FORMATS), fc.boolean()], { numRuns: 150 })(
  'a valid file means the same however it is formatted (property)',
  async (parts, format, isCommented) => {
    const document = documentOf(parts)
    const written = stringify(document, format)
    const text = isCommented ? `# before\n${written}\n# after: { ] "\n` : written
    expect(comparable(await specOf(text))).toEqual(comparable(await specOf(JSON.stringify(document))))
  },
)

test('what is compared differs where pipelines differ', async () => {
  const spec = comparable(await specOf(GOOD))
  expect(comparable(await specOf(GOOD.replace('concurrency: 8', 'key: data.a')))).not.toEqual(spec)
  expect(comparable(await specOf(GOOD.replace('size: 100', 'size: 99')))).not.toEqual(spec)
})

import { describe, expect, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import type { PipelineBuilder } from '../../src/config/builder-types.ts'
import { placeIn } from '../../src/config/call-site.ts'
import { ConfigError } from '../../src/config/errors.ts'
import { discard } from '../../src/consumers/discard.ts'
import { file } from '../../src/consumers/file.ts'
import { generate } from '../../src/producers/generate.ts'
import { BUILDER_MISTAKES, FILE, lineOfMistake, type BuilderMistake, type Loose } from './mistakes/builder.ts'

const HERE = 'test/config/builder-mistakes.test.ts'

/** What a definition is refused with. */
function refusalOf(build: (p: PipelineBuilder) => unknown, settings = {}): ConfigError {
  try {
    definePipeline('mistaken', build, settings)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was wrong')
}

/** Makes one mistake beside what is right. */
function mistaken(p: PipelineBuilder, { make }: BuilderMistake): void {
  const numbers = p.producer('numbers', generate())
  p.consumer('right', numbers, discard())
  make(p as unknown as Loose, numbers)
}

describe('a mistake is told with its place, and what to do', () => {
  test.each(BUILDER_MISTAKES)('$what', (mistake) => {
    const { problems } = refusalOf((p) => mistaken(p, mistake))
    const [problem, ...others] = problems.filter(({ severity }) => severity === 'error')
    expect(others).toEqual([])
    const { code, message, hint } = problem!
    const told = `${code.replace('SLUICE_CONFIG_', '')} ${message}`
    expect(hint === undefined ? told : `${told} | ${hint}`).toBe(mistake.told)
    expect(problem).toMatchObject({ file: FILE, line: lineOfMistake() })
  })
})

test('a pipeline without an end, or without anything, is told at its definition', () => {
  const { problems } = refusalOf(() => {})
  expect(problems.map(({ message }) => message)).toEqual([
    'the pipeline has no producer',
    'the pipeline has no consumer',
  ])
  expect(problems[0]).toMatchObject({
    code: 'SLUICE_CONFIG_INCOMPLETE',
    file: HERE,
    hint: 'a pipeline has at least one `p.producer` and one `p.consumer`',
  })
})

test('a setting of the pipeline, its name, and a definition that goes on later', () => {
  const right = (p: PipelineBuilder) => p.consumer('out', p.producer('numbers', generate()), discard())
  expect(refusalOf(right, { stopTimout: '5s' }).problems).toMatchObject([
    { code: 'SLUICE_CONFIG_KEY_UNKNOWN', hint: 'did you mean `stopTimeout`?', file: HERE },
  ])
  expect(() => definePipeline('Payments', right)).toThrow('must start with a small letter')
  const later = async (p: PipelineBuilder) => {
    right(p)
    await Promise.resolve()
  }
  expect(refusalOf(later).problems).toMatchObject([
    { code: 'SLUICE_CONFIG_TYPE', message: expect.stringContaining('is asynchronous'), file: HERE },
  ])
})

test('a definition that is no function, and settings that are none, are told and not passed over', () => {
  const right = (p: PipelineBuilder) => p.consumer('out', p.producer('numbers', generate()), discard())
  const none = undefined as unknown as typeof right
  expect(refusalOf(none).problems[0]).toMatchObject({
    code: 'SLUICE_CONFIG_TYPE',
    message: 'the pipeline is not defined: after the name comes a function',
    hint: '`definePipeline(name, (p) => { … }, settings)`',
    file: HERE,
  })
  expect(refusalOf({} as typeof right, right).problems).toMatchObject([
    { message: 'the pipeline is not defined: after the name comes a function' },
    { message: "expected settings, as `{ stopTimeout: '1m' }`, got a function" },
  ])
  const notGiven = null as unknown as object
  expect(refusalOf(right, notGiven).problems).toMatchObject([{ message: expect.stringContaining('got nothing') }])
})

test('where no stack says the place, the pipeline is named', () => {
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = () => []
  try {
    const { problems, message } = refusalOf((p) => p.consumer('Out', p.producer('numbers', generate()), discard()))
    expect(problems).toMatchObject([{ code: 'SLUICE_CONFIG_NAME', file: 'pipeline mistaken' }])
    expect(problems[0]).not.toHaveProperty('line')
    expect(message).toContain("pipeline mistaken  `Out` can't be the name of a node")
  } finally {
    Error.prepareStackTrace = prepareStackTrace
  }
})

test('what the definition itself throws goes through', () => {
  expect(() =>
    definePipeline('broken', () => {
      throw new RangeError('my own')
    }),
  ).toThrow(RangeError)
})

test('all mistakes are told at once, in the message too, with file and line', () => {
  const error = refusalOf((p) => {
    const numbers = p.producer('numbers', generate({ rate: -1 }), { onFailure: 'explode' as 'drop' })
    p.consumer('Out', numbers, discard())
    p.consumer('out', numbers, file({ path: '' }))
  })
  expect(error.problems.map(({ code }) => code)).toEqual([
    'SLUICE_CONFIG_VALUE',
    'SLUICE_CONFIG_VALUE',
    'SLUICE_CONFIG_NAME',
    'SLUICE_CONFIG_VALUE',
  ])
  const lines = error.message.split('\n')
  expect(lines[0]).toBe('4 mistakes in the pipeline mistaken')
  expect(lines.filter((text) => text.startsWith(`${HERE}:`))).toHaveLength(4)
  expect(error.stack).toContain(error.message)
  expect(Object.keys(error)).not.toContain('problems')
})

test('a problem with a value says what the value is, whatever it is', () => {
  class Money {}
  const wrong = [new Money(), 5n, Symbol('x'), undefined, [1], { a: 1 }]
  const told = wrong.map((value) => {
    const settings = { onFailure: value === undefined ? null : value } as never
    return refusalOf((p) => p.consumer('out', p.producer('numbers', generate()), discard(), settings)).problems[0]!
      .message
  })
  expect(told.map((message) => message.replace(/^.*, got /, ''))).toEqual([
    'an object',
    'a bigint',
    'a symbol',
    'nothing',
    'a list of 1',
    'a map',
  ])
})

describe('the place of a call', () => {
  test('is found in any form of a stack', () => {
    const at = (frame: string) => placeIn(`Error\n${frame}`)
    expect(at('    at file:///app/my%20pipeline.ts:3:7')).toMatchObject({
      file: '/app/my pipeline.ts',
      line: 3,
      column: 7,
    })
    expect(at('    at build (/app/pipeline.ts:12:5)')).toMatchObject({ file: '/app/pipeline.ts', line: 12, column: 5 })
    expect(at('    at async Object.<anonymous> (/a (b)/c.js:1:2)')).toMatchObject({ line: 1, column: 2 })
  })

  test('is not made up where the stack says nothing', () => {
    expect(placeIn(undefined)).toBeUndefined()
    expect(placeIn('Error\n    at new Promise (<anonymous>)')).toBeUndefined()
  })
})

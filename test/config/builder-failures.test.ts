import { expect, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import type { PipelineBuilder } from '../../src/config/builder-types.ts'
import { ConfigError } from '../../src/config/errors.ts'
import { discard } from '../../src/consumers/discard.ts'
import { file } from '../../src/consumers/file.ts'
import { generate } from '../../src/producers/generate.ts'
import { filter } from '../../src/stages/filter.ts'
import { brief } from './loading.ts'

interface Loose {
  deadLetters(...given: unknown[]): void
}

/** What is said of a pipeline that is right but for this. */
function told(make: (p: PipelineBuilder & Loose) => void, settings: object = {}): string[] {
  const build = (p: PipelineBuilder): void => {
    p.consumer('out', p.producer('numbers', generate()), discard())
    make(p)
  }
  try {
    definePipeline('a', build, settings)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => brief({ ...problem, line: 0, column: 0 }).replace('0:0 ', ''))
  }
  return []
}

test('p.deadLetters takes a consumer, and settings', () => {
  expect(told((p) => p.deadLetters(file({ path: 'dead.ndjson' }), { keep: 'original', retry: 3 }))).toEqual([])
})

test('a failure with nowhere to go is told, and how a program says where', () => {
  expect(told((p) => p.consumer('more', p.producer('b', generate()), discard(), { onFailure: 'dead-letter' }))).toEqual(
    [
      'DEAD_LETTERS_MISSING `onFailure` of the consumer `more`: the pipeline has no `deadLetters` | say where dead letters go, as `p.deadLetters(letters())`, or choose another policy',
    ],
  )
})

test('dead letters are no setting of a pipeline in a program', () => {
  expect(told(() => {}, { deadLetters: true })).toEqual([
    'KEY_MISPLACED in a program `deadLetters` is not a setting of the pipeline | call `p.deadLetters`, as `p.deadLetters(letters())`',
  ])
})

test('what is no consumer of dead letters is told as such', () => {
  expect(told((p) => p.deadLetters(filter(() => true)))).toEqual([
    'COMPONENT_KIND `filter` is a stage, not a consumer | add it with `p.stage`',
  ])
  expect(told((p) => p.deadLetters(true))).toEqual([
    "TYPE expected a consumer, as `file({ path: 'ledger.ndjson' })`, got a boolean",
  ])
  expect(told((p) => p.deadLetters(file))).toEqual([
    "TYPE expected a consumer, as `file({ path: 'ledger.ndjson' })`, got a function | call it: `file(…)`",
  ])
})

test('mistakes in its options and settings are told like those of a node', () => {
  const given = { concurency: 2, keep: 'all', onFailure: 'drop' }
  expect(told((p) => p.deadLetters(file({ path: '' }), given))).toEqual([
    'VALUE `keep`: expected `entered` or `original`, got "all" | What is kept of a message: it as it entered the node that failed it, or what came in at its producer as well.',
    'KEY_UNKNOWN `concurency` is not a setting or a component of `deadLetters` | did you mean `concurrency`?',
    'KEY_MISPLACED `onFailure` is a setting of producers, stages and consumers, not of `deadLetters` | remove it, or move it to a node that has it',
    'VALUE `path`: must have at least 1 character, got "" | The file; relative to where the process was started. Its folder must exist. Or give `root` and `to`.',
  ])
})

test('dead letters go to one place', () => {
  const twice = told((p) => {
    p.deadLetters(file({ path: 'a.ndjson' }))
    p.deadLetters(file({ path: 'b.ndjson' }))
  })
  expect(twice).toEqual([
    'VALUE `p.deadLetters` is called twice | call it once: all dead letters of a pipeline go to one place',
  ])
})

test('its node has a name that no other node can have beside it', () => {
  const taken = told((p) => {
    p.consumer('dead-letters', p.producer('b', generate()), discard())
    p.deadLetters(discard())
  })
  expect(taken).toEqual([
    'NAME_TWICE `dead-letters` is also the name of the node that `deadLetters` makes | rename one of them; a name is used once in a pipeline',
  ])
})

test('a mistake has the file and line of the call', () => {
  let error: unknown
  try {
    definePipeline('a', (p) => {
      p.consumer('out', p.producer('numbers', generate()), discard())
      p.deadLetters(file({ path: '' }))
    })
  } catch (thrown) {
    error = thrown
  }
  const own = new Error('here').stack!.match(/builder-failures\.test\.ts:(\d+)/)![1]
  const [{ file: place, line } = { file: '', line: 0 }] = (error as ConfigError).problems
  expect(place).toMatch(/builder-failures\.test\.ts$/)
  expect(Number(own) - line!).toBe(5)
})

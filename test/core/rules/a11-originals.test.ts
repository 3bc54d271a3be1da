import { describe, expect, test } from 'vitest'
import { messageError } from '../../../src/core/errors.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { reinject } from '../../../src/core/reinjection.ts'
import { batching, consumer, kernel, Source, stage, type Written } from '../../support/kernel.ts'

const refused = (): never => {
  throw messageError('REFUSED', 'refused')
}

/** What came in is doubled, goes through `stages`, and is refused. */
function failing(stages: Readonly<Record<string, Written>>, keep: 'entered' | 'original', options = {}) {
  const letters: Letter[] = []
  const source = new Source({ upTo: 2, ...options })
  const names = ['double', ...Object.keys(stages)]
  const made = kernel(
    {
      source: { component: source.component },
      double: { component: stage(() => ({ map: (n: number) => n * 2 + 100 })), from: ['source'] },
      ...stages,
      sink: {
        component: consumer(() => ({ each: refused })),
        from: [names.at(-1)!],
        settings: { onFailure: 'dead-letter' },
      },
    },
    { deadLetters: consumer(() => ({ each: (letter: Letter) => void letters.push(letter) })), keep },
  )
  return { ...made, letters, source }
}

const kept = (letters: readonly Letter[]) => letters.map(({ data, original }) => [data, original])

describe('A11: letters with `keep: original`', () => {
  test('A11: hold the message as it entered the node, and the data with which it came in', () => {
    expect(kept(failing({}, 'original').letters)).toEqual([
      [100, 0],
      [102, 1],
    ])
  })

  test('A11: without, only as it entered the node', () => {
    expect(kept(failing({}, 'entered').letters)).toEqual([
      [100, undefined],
      [102, undefined],
    ])
  })

  test('A11: what the producer read, where it says so', () => {
    const { letters } = failing({}, 'original', { details: (n: number) => ({ original: `{"n":${n}}` }) })
    expect(kept(letters)).toEqual([
      [100, '{"n":0}'],
      [102, '{"n":1}'],
    ])
  })

  test('A11: children have that of their parent, batches those of their parts', () => {
    const split = stage(() => ({ flatMap: (n: number) => [`${n}a`, `${n}b`] }))
    expect(kept(failing({ split: { component: split, from: ['double'] } }, 'original').letters)).toEqual([
      ['100a', 0],
      ['100b', 0],
      ['102a', 1],
      ['102b', 1],
    ])
    expect(kept(failing({ batch: { component: batching(2), from: ['double'] } }, 'original').letters)).toEqual([
      [
        [100, 102],
        [0, 1],
      ],
    ])
  })

  test('A11: a letter that is tried again and fails again keeps it', () => {
    const { letters, graph, env } = failing({}, 'original', { upTo: undefined, queue: {} })
    const letter = { id: 'x@sink', messageId: 'x', pipeline: 'test', node: 'sink', data: 7, original: 'seven' }
    const rest = { key: undefined, headers: {}, time: 0, priority: 4, deadline: undefined, attempts: 1 }
    const error = { code: 'REFUSED', message: 'refused', kind: 'message', causes: [], stack: undefined } as const
    reinject(graph, [{ ...letter, ...rest, error, firstFailedAt: 0, failedAt: 0 }], { to: 'sink', told() {} })
    env.run()
    expect(kept(letters)).toEqual([[7, 'seven']])
  })
})

import { describe, expect, test } from 'vitest'
import type { Letter } from '../../../src/core/letter.ts'
import { consumer, discarding, kernel, range, Source } from '../../support/kernel.ts'

const fails = (text: string) => (): never => {
  throw new Error(text)
}

/** An error one of whose fields throws when it is read. */
const trapped = (field: string): Error => Object.defineProperty(new Error('trapped'), field, { get: fails('trap') })
const chained = Object.assign(new Error('chained'), {
  cause: new Proxy({}, { getPrototypeOf: fails('trap'), get: fails('trap') }),
})

/** What can't be looked at, and with what its message fails. */
const UNREADABLE: Readonly<Record<string, unknown>> = {
  'a proxy': new Proxy({}, { getPrototypeOf: fails('trap'), get: fails('trap') }),
  'an error whose `message` throws': trapped('message'),
  'an error whose `code` throws': trapped('code'),
  'an error whose `name` throws': trapped('name'),
  'an error whose `cause` throws': trapped('cause'),
  'an error whose `stack` throws': trapped('stack'),
  'an error whose cause throws at every look': chained,
  'an error whose message is no text': Object.assign(new Error('x'), { message: { a: 1 } }),
}

describe.each(Object.keys(UNREADABLE))('what is thrown cannot be looked at: %s', (name) => {
  const throws = (): never => {
    throw UNREADABLE[name]
  }

  test.each(['at once', 'later'])('A3: its message fails %s, and the others go on', async (when) => {
    const source = new Source({ upTo: 3 })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: {
        component: consumer(() => ({
          each: (n: number) => (n !== 1 ? undefined : when === 'at once' ? throws() : Promise.resolve().then(throws)),
        })),
        from: ['source'],
      },
    })
    await env.advanceAsync(1000)
    expect(source.receipts.map(({ outcome }) => outcome).toSorted()).toEqual(['acked', 'acked', 'failed'])
    expect(graph.state).toBe('finished')
  })

  test('A3: its message has a letter that can be shown', () => {
    const letters: Letter[] = []
    const source = new Source({ upTo: 3 })
    const { graph } = kernel(
      {
        source: { component: source.component },
        sink: {
          component: consumer(() => ({ each: (n: number) => (n === 1 ? throws() : undefined) })),
          from: ['source'],
          settings: { onFailure: 'dead-letter' },
        },
      },
      { deadLetters: consumer(() => ({ each: (letter: Letter) => void letters.push(letter) })) },
    )
    expect(letters).toHaveLength(1)
    expect(() => JSON.stringify(letters)).not.toThrow()
    expect(typeof letters[0]!.error.message).toBe('string')
    expect(source.outcomes.toSorted()).toEqual(range(3).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('D14: thrown outside of a handler it fails the pipeline, visibly', async () => {
    const source = new Source()
    const create = (context: typeof source.context) => ({ ...source.component.create(context), handleDemand: throws })
    const { graph, env } = kernel({
      source: { component: { ...source.component, create } },
      sink: { component: discarding, from: ['source'] },
    })
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({ outcome: 'failed', node: 'source' })
  })

  test('D14: thrown by `open` it keeps the pipeline from starting', async () => {
    const { started, graph, env } = kernel({
      source: { component: new Source().component },
      sink: { component: consumer(() => ({ each: () => {}, open: throws })), from: ['source'] },
    })
    await env.advanceAsync(5000)
    await expect(started).rejects.toBeInstanceOf(Error)
    expect(graph.state).toBe('failed')
  })
})

import { describe, expect, test } from 'vitest'
import { Branch } from '../../../src/core/branch.ts'
import { Edge } from '../../../src/core/edge.ts'
import { messagesOf } from '../../support/loose.ts'

describe('GenStage, markers behind what waits', () => {
  /** A branch and its edge, without nodes: credit comes when a test gives it. */
  function branch() {
    const events: string[] = []
    const nobody = { name: 'n', wake: () => {}, credited: () => {} }
    const edge = new Edge(nobody, nobody, { max: 100, min: 0, bytes: undefined })
    const owner = { drop: () => {}, waits: () => {} }
    const made = new Branch(edge, { whenFull: 'block', queue: { messages: 10, bytes: Infinity } }, owner)
    const ask = (count: number): void => {
      edge.credit += count
      edge.asked += count
      made.place()
      take()
    }
    const take = (): void => {
      for (;;) {
        if (edge.available > 0) events.push(...edge.take(edge.available).map(({ data }) => data as string))
        else if (edge.marker !== undefined) {
          events.push(`flush ${edge.marker.number}`)
          edge.passMarker()
        } else return
      }
    }
    const offer = (...values: string[]): void => made.offer(messagesOf(values))
    const mark = (number: number): void => made.mark({ kind: 'flush', number })
    return { events, ask, offer, mark }
  }

  test('17: a marker comes when what is before it has, and not before', () => {
    const { events, ask, offer, mark } = branch()
    offer('a', 'b', 'c')
    mark(1)
    ask(2)
    expect(events).toEqual(['a', 'b'])
    offer('d', 'e')
    mark(2)
    ask(1)
    expect(events).toEqual(['a', 'b', 'c', 'flush 1'])
    ask(2)
    expect(events).toEqual(['a', 'b', 'c', 'flush 1', 'd', 'e', 'flush 2'])
  })

  test('19: several markers keep their order and their places', () => {
    const { events, ask, offer, mark } = branch()
    offer('a', 'b', 'c')
    for (const number of [4, 5, 6]) mark(number)
    offer('g', 'h')
    mark(9)
    ask(5)
    expect(events).toEqual(['a', 'b', 'c', 'flush 4', 'flush 5', 'flush 6', 'g', 'h', 'flush 9'])
  })
})

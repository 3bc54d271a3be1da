import { auditTime, debounceTime, delay, filter, merge, Observable, sampleTime, throttleTime } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { started } from '../support/rx-run.ts'

describe('rx: what does not come out', () => {
  test('drop: it is acked, and counted by reason', async () => {
    const { push, input, node, output } = await started((messages$, { drop }) =>
      messages$.pipe(
        filter((message) => {
          if (message.data % 2 === 1) return true
          drop(message, 'even')
          return false
        }),
      ),
    )
    await push(1, 2, 3, 4)
    expect(output.values).toEqual([1, 3])
    expect(input.outcomes.toSorted()).toEqual(['1: acked', '2: acked', '3: acked', '4: acked'])
    expect(node().dropped).toEqual({ even: 2 })
  })

  test('fail: it fails by itself', async () => {
    const { push, input, failures } = await started((messages$, { fail }) =>
      messages$.pipe(
        filter((message) => {
          if (message.data > 0) return true
          fail(message, new Error('negative'))
          return false
        }),
      ),
    )
    await push(1, -1)
    expect(failures).toEqual(['rx: negative'])
    expect(input.outcomes).toHaveLength(2)
  })

  test('without either it stays held, so that no ack is given for what may still come', async () => {
    const { push, input, node } = await started((messages$) => messages$.pipe(filter(() => false)))
    await push(1, 2)
    expect(input.outcomes).toEqual([])
    expect(node().held).toBe(2)
  })

  test('D21: at `maxHeld` the input completes: what was left out is acked, and others begin anew', async () => {
    let begun = 0
    const { push, node, input } = await started(
      (messages$) => {
        begun++
        return messages$.pipe(filter(() => false))
      },
      { settings: { maxHeld: 4, demand: { max: 2 } } },
    )
    await push(...Array.from({ length: 50 }, (_, n) => n))
    expect(node().held).toBeLessThanOrEqual(5)
    expect(input.outcomes.length).toBeGreaterThan(40)
    expect(node().dropped['not-emitted']).toBe(input.outcomes.length)
    expect(begun).toBeGreaterThan(5)
  })

  test('D21: what takes its time under pressure still comes out, and what comes meanwhile after it', async () => {
    const { push, node, output, input, env } = await started(
      (messages$, { scheduler }) => messages$.pipe(delay(100, scheduler)),
      {
        settings: { maxHeld: 4, demand: { max: 2 } },
      },
    )
    await push(...Array.from({ length: 10 }, (_, n) => n))
    expect(node().held).toBeLessThanOrEqual(5)
    await env.advanceAsync(1_000)
    expect(output.values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(input.outcomes).toHaveLength(10)
    expect(node().dropped).toEqual({})
  })

  test('D21: under pressure an output that goes on by itself is left when all has come out, so that none pile up', async () => {
    let isOn = 0
    const goingOn = new Observable<never>(() => {
      isOn++
      return () => void isOn--
    })
    const { push, output, env } = await started(
      (messages$, { scheduler }) => merge(messages$.pipe(delay(100, scheduler)), goingOn),
      { settings: { maxHeld: 4, demand: { max: 2 } } },
    )
    await push(...Array.from({ length: 50 }, (_, n) => n))
    await env.advanceAsync(5_000)
    expect(output.values).toHaveLength(50)
    expect(isOn).toBe(1)
  })

  test('`keep: 0`: what is not given on at once is dropped', async () => {
    const { push, input, node, output } = await started(
      (messages$, { scheduler }) => messages$.pipe(throttleTime(100, scheduler)),
      { options: { keep: 0 } },
    )
    await push(1, 2, 3)
    expect(output.values).toEqual([1])
    expect(input.outcomes.toSorted()).toEqual(['1: acked', '2: acked', '3: acked'])
    expect(node().dropped).toEqual({ superseded: 2 })
    expect(node().held).toBe(0)
  })

  test.each([
    ['debounceTime', debounceTime],
    ['auditTime', auditTime],
    ['sampleTime', sampleTime],
  ] as const)('`keep: 1`: of %s only the newest is held, and it is the one that comes out', async (_name, operator) => {
    const { push, input, node, output, env } = await started(
      (messages$, { scheduler }) => messages$.pipe(operator(100, scheduler)),
      { options: { keep: 1 } },
    )
    await push(1, 2)
    await push(3)
    expect(node().held).toBe(1)
    expect(input.outcomes).toEqual(['1: acked', '2: acked'])
    await env.advanceAsync(100)
    expect(output.values).toEqual([3])
    await push(4)
    await env.advanceAsync(100)
    expect(output.values).toEqual([3, 4])
    expect(node().dropped).toEqual({ superseded: 2 })
  })
})

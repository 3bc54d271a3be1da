import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plainTest } from 'vitest'
import { adopt, Call, isThenable } from '../../../src/core/call.ts'
import { range } from '../../support/kernel.ts'

type Settle = (value: unknown) => void
type Then = (resolved: Settle, rejected: Settle) => unknown

// oxlint-disable-next-line unicorn/no-thenable -- That is what it is about.
const thenable = (then: Then): PromiseLike<unknown> => ({ then }) as unknown as PromiseLike<unknown>

/** What `adopt` told, in order. */
async function told(value: PromiseLike<unknown>): Promise<string[]> {
  const events: string[] = []
  adopt(
    value,
    (answer) => events.push(`resolved ${String(answer)}`),
    (error) => events.push(`rejected ${error instanceof Error ? error.message : String(error)}`),
  )
  await new Promise((resolve) => setImmediate(resolve))
  return events
}

describe('waiting for a thenable', () => {
  plainTest('a promise that resolves, or rejects, with anything', async () => {
    expect(await told(Promise.resolve(1))).toEqual(['resolved 1'])
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- Anything can be thrown.
    expect(await told(Promise.reject(undefined))).toEqual(['rejected undefined'])
  })

  plainTest('one that calls back before `then` returns', async () => {
    expect(await told(thenable((resolved) => resolved(1)))).toEqual(['resolved 1'])
    expect(await told(thenable((_resolved, rejected) => rejected(new Error('no'))))).toEqual(['rejected no'])
  })

  plainTest('one whose `then` throws: before it called back it failed, after that it did not', async () => {
    expect(
      await told(
        thenable(() => {
          throw new Error('then')
        }),
      ),
    ).toEqual(['rejected then'])
    expect(
      await told(
        thenable((resolved) => {
          resolved(1)
          throw new Error('then')
        }),
      ),
    ).toEqual(['resolved 1'])
  })

  plainTest('one that resolves to another, several deep, of any kind', async () => {
    const inner = thenable((resolved) => resolved(Promise.resolve('inner')))
    expect(await told(thenable((resolved) => resolved(thenable((again) => again(inner)))))).toEqual(['resolved inner'])
    expect(
      await told(thenable((resolved) => resolved(thenable((_again, rejected) => rejected(new Error('deep')))))),
    ).toEqual(['rejected deep'])
  })

  plainTest('a promise whose own `then` was replaced is waited for as a promise', async () => {
    const promise = Promise.resolve('true')
    // oxlint-disable-next-line unicorn/no-thenable -- That is what it is about.
    ;(promise as { then: unknown }).then = (resolved: Settle) => resolved('false')
    expect(await told(promise)).toEqual(['resolved true'])
  })

  const behaviour = fc.array(fc.constantFrom('resolve', 'reject', 'nest', 'throw'), { minLength: 1, maxLength: 5 })
  test.prop([behaviour, fc.boolean()])(
    'exactly one answer, once, however often and in whichever way it calls back',
    async (steps, isLate) => {
      const act: Then = (resolved, rejected) => {
        for (const [index, step] of steps.entries()) {
          if (step === 'resolve') resolved(index)
          else if (step === 'reject') rejected(index)
          else if (step === 'nest') resolved(thenable((again) => range(2).forEach(() => again(index))))
          else if (!isLate) throw new Error(String(index))
        }
      }
      const given = thenable((resolved, rejected) =>
        isLate ? setImmediate(() => act(resolved, rejected)) : act(resolved, rejected),
      )
      const events: string[] = []
      adopt(
        given,
        (value) => events.push(`resolved ${String(value)}`),
        (error) => events.push(`rejected ${error instanceof Error ? error.message : String(error)}`),
      )
      // The thenable was adopted before, so that its immediate comes first.
      await new Promise((resolve) => setImmediate(resolve))
      const first = steps.findIndex((step) => !isLate || step !== 'throw')
      if (first < 0) expect(events).toEqual([])
      else
        expect(events).toEqual([
          `${steps[first] === 'reject' || steps[first] === 'throw' ? 'rejected' : 'resolved'} ${first}`,
        ])
    },
  )

  plainTest('what has a `then` that is a function is a thenable, nothing else', () => {
    // oxlint-disable-next-line unicorn/no-thenable -- That is what it is about.
    for (const value of [Promise.resolve(), { then() {} }, Object.assign(() => {}, { then() {} })])
      expect(isThenable(value)).toBe(true)
    // oxlint-disable-next-line unicorn/no-thenable -- That is what it is about.
    for (const value of [undefined, null, 0, 'then', { then: 1 }, {}, () => {}]) expect(isThenable(value)).toBe(false)
  })
})

describe('a call', () => {
  plainTest('its signal is one object, made when it is first read, also after the abort', () => {
    const call = new Call()
    expect(call.signal).toBe(call.signal)
    const late = new Call()
    late.abort(new Error('over'))
    expect(late.signal.aborted).toBe(true)
    expect(late.signal.reason).toEqual(new Error('over'))
  })

  plainTest('when it is used again, who has its old signal hears nothing of the new call', () => {
    const call = new Call()
    const { signal } = call
    call.reset(2)
    call.abort(new Error('second'))
    expect(signal.aborted).toBe(false)
    expect(call.signal.aborted).toBe(true)
    expect(call.attempt).toBe(2)
  })
})

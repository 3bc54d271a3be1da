import type { CallInfo } from '../../src/core/component.ts'
import { messageError, placeError } from '../../src/core/errors.ts'
import type { ConsumerComponent, NodeSettings } from '../../src/core/spec.ts'
import { consumer, kernel, Source } from './kernel.ts'

/** A consumer of one message per call that says what each call does, by value and how often it was called with it. */
export function flaky(act: (value: unknown, times: number) => unknown, io = false) {
  const calls: unknown[] = []
  const attempts: number[] = []
  const component = {
    ...consumer(() => ({
      each: (value: unknown, _message: unknown, { attempt }: CallInfo) => {
        calls.push(value)
        attempts.push(attempt)
        return act(value, calls.filter((called) => called === value).length)
      },
    })),
    io,
  }
  return { component, calls, attempts }
}

export function run(component: ConsumerComponent, settings: NodeSettings, upTo = 5) {
  const source = new Source({ upTo })
  const made = kernel({ source: { component: source.component }, sink: { component, from: ['source'], settings } })
  return { ...made, source }
}

export const refused = () => {
  throw messageError('REFUSED', 'refused')
}
export const down = () => {
  throw placeError('DOWN', 'down')
}

import { consumer, stage } from '../../support/kernel.ts'
import type { ConsumerComponent, StageComponent } from '../../../src/core/spec.ts'

/** What a handler does with one value before it goes on as it should; what it returns is waited for. */
export type Act = (value: number) => unknown

interface Valued {
  readonly data: unknown
}

type Settle = (value: unknown) => void

/** What can be waited for and is no promise: it may break each of their rules. */
export function thenable(then: (resolved: Settle, rejected: Settle) => unknown): PromiseLike<unknown> {
  // oxlint-disable-next-line unicorn/no-thenable -- Handlers may give any.
  return { then } as PromiseLike<unknown>
}

/** What a handler gives: `value`, once what was made is there, if that has to be waited for. */
const pass = (value: unknown, made: unknown): unknown => (isThenable(made) ? giving(value, made) : value)

/** As `made`, with all that is odd about it, but with another value. */
function giving(value: unknown, made: PromiseLike<unknown>): PromiseLike<unknown> {
  return thenable((resolved, rejected) => made.then(() => resolved(value), rejected))
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** The first that `act` gives for one of the messages. */
function actOnAll(messages: readonly Valued[], act: Act): unknown {
  let given: unknown
  for (const { data } of messages) given ??= act(data as number)
  return given
}

/** A node of each shape that does the same: `act` for each value. */
export const SHAPES: Readonly<Record<string, (act: Act) => StageComponent | ConsumerComponent>> = {
  map: (act) => stage(() => ({ map: (value: number) => pass(value, act(value)) })),
  filter: (act) => stage(() => ({ filter: (value: number) => pass(true, act(value)) as boolean })),
  flatMap: (act) => stage(() => ({ flatMap: (value: number) => pass([value], act(value)) as number[] })),
  handle: (act) => stage(() => ({ handle: (messages) => pass(messages, actOnAll(messages, act)) as typeof messages })),
  each: (act) => consumer(() => ({ each: (value: number) => act(value) })),
  'handle of a consumer': (act) => consumer(() => ({ handle: (messages) => actOnAll(messages, act) })),
}

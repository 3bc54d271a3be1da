import { isThenable } from '../../core/call.ts'
import type { MaybePromise, ProducerContext } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import { componentError } from '../component-errors.ts'
import { AsyncPull } from './async.ts'
import { iterationError } from './faults.ts'
import { SyncPull } from './sync.ts'

/** What values can be pulled from. */
export type Values<T> = Iterable<T> | AsyncIterable<T>

/** Makes messages of an iterator's values, as they are asked for. */
export interface Pull {
  /** Up to `count` messages; none only at the end. @throws SLUICE_ITERABLE_FAILED */
  give(count: number): MaybePromise<readonly Message[]>
  /** Nothing more will be asked for. What is being pulled still comes, if it comes soon. */
  drain(): void
  /** Lets the iterator clean up. */
  stop(): MaybePromise<void>
}

/** A text can be iterated, but is one value. */
export function isValues(value: unknown): value is Values<unknown> {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}

/**
 * @param make gives what is pulled from, or a promise of it.
 * @throws SLUICE_ITERABLE_FAILED, SLUICE_ITERABLE_USED
 */
export function pullOf(make: () => unknown, context: ProducerContext): Pull {
  try {
    const values = valuesOf(make())
    if (Symbol.asyncIterator in values) return new AsyncPull(claimed(values, values[Symbol.asyncIterator]()), context)
    return new SyncPull(claimed(values, values[Symbol.iterator]()), context)
  } catch (error) {
    throw iterationError(error, 0)
  }
}

/** Iterables come first: what builds a query is often a promise of its rows as well. */
function valuesOf(given: unknown): Values<unknown> {
  if (isValues(given)) return given
  if (isThenable(given)) return later(given)
  throw new TypeError(`the function gave ${given === null ? 'null' : typeof given}, which cannot be iterated`)
}

/** Values that come later, as one asynchronous iterator. */
async function* later(given: PromiseLike<unknown>): AsyncGenerator {
  yield* valuesOf(await given)
}

/** Iterators that can't begin anew, and that have been pulled from. */
const used = new WeakSet<object>()

/** What is its own iterator, as a generator is, has values for one run. */
function claimed<I extends { readonly next: unknown }>(values: object, iterator: I): I {
  if (typeof iterator?.next !== 'function') throw new TypeError('its iterator has no function `next`')
  if ((iterator as object) !== values) return iterator
  if (used.has(iterator)) {
    const text = 'the iterator has been pulled from before, by another run or another pipeline'
    throw componentError('SLUICE_ITERABLE_USED', text)
  }
  used.add(iterator)
  return iterator
}

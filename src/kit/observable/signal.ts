import type { Observer, Unsubscribable } from './observable-like.ts'

declare global {
  interface SymbolConstructor {
    /** As RxJS declares it; at run time there is one only where something has made it. */
    readonly observable: symbol
  }
}

/**
 * What can be subscribed to, and what `from()` of RxJS takes: `from(signal).pipe(…)`, `firstValueFrom(from(signal))`. No
 * library is loaded for it. Values come while they are told, one after another; what an observer throws stops no other.
 */
export interface Signal<T> {
  subscribe(observer: Partial<Observer<T>> | ((value: T) => void)): Unsubscribable
  /** What `from()` asks for. */
  [Symbol.observable](): Signal<T>
}

/** What `from()` of RxJS looks for where there is no `Symbol.observable`. */
const INTEROP = '@@observable'

export interface SignalOptions<T> {
  /** So many of the newest values are told to whoever comes later. None by default. */
  readonly remembers?: number
  /** The first observer has come, or the last one has gone. */
  observed?(isObserved: boolean): void
  /** What a new observer is told first. */
  first?(): T
  /** What a new observer threw first at what it was told when it came. */
  threw?(error: unknown): void
}

/** A signal, and how values come into it. */
export class Emitter<T> implements Signal<T> {
  readonly #options: SignalOptions<T>
  /** Never changed, but made anew: it is gone through while observers come and go. */
  #observers: readonly Partial<Observer<T>>[] = []
  #remembered: T[] = []
  #isComplete = false

  constructor(options: SignalOptions<T> = {}) {
    this.#options = options
    mark(this)
  }

  declare [Symbol.observable]: () => Signal<T>

  get isObserved(): boolean {
    return this.#observers.length > 0
  }

  /** Its methods are called on it as it was given, which may be an object with a prototype. */
  subscribe(given: Partial<Observer<T>> | ((value: T) => void)): Unsubscribable {
    const observer = typeof given === 'function' ? { next: given } : given
    const { first, observed, threw } = this.#options
    const values = this.#isComplete || first === undefined ? this.#remembered : [...this.#remembered, first()]
    const thrown = values.flatMap((value) => tell([observer], () => observer.next?.(value)))
    if (thrown.length > 0) threw?.(thrown[0])
    if (this.#isComplete) {
      tell([observer], () => observer.complete?.())
      return { unsubscribe: () => {} }
    }
    // Someone may subscribe twice with one observer: what is taken out is this one.
    const own: Partial<Observer<T>> = {
      next: (value) => observer.next?.(value),
      complete: () => observer.complete?.(),
    }
    this.#observers = [...this.#observers, own]
    if (this.#observers.length === 1) observed?.(true)
    return { unsubscribe: () => this.#remove(own) }
  }

  /** @returns what observers threw, of which there may be several. */
  next(value: T): readonly unknown[] {
    if (this.#isComplete) return []
    const { remembers = 0 } = this.#options
    if (remembers > 0) this.#remembered.push(value)
    if (this.#remembered.length > remembers) this.#remembered.shift()
    return tell(this.#observers, (observer) => observer.next?.(value))
  }

  /** Nothing more comes for those who are there; and unless it is `again`, for nobody else either. */
  complete({ again = false } = {}): void {
    if (this.#isComplete) return
    this.#isComplete = !again
    const observers = this.#observers
    this.#observers = []
    // One that subscribes again when it is told is there for what comes next.
    tell(observers, (observer) => observer.complete?.())
    if (observers.length > 0 && !this.isObserved) this.#options.observed?.(false)
  }

  #remove(own: Partial<Observer<T>>): void {
    if (!this.#observers.includes(own)) return
    this.#observers = this.#observers.filter((observer) => observer !== own)
    if (this.#observers.length === 0) this.#options.observed?.(false)
  }
}

const NOTHING: readonly unknown[] = []

/** @returns what was thrown. */
function tell<T>(
  observers: readonly Partial<Observer<T>>[],
  what: (observer: Partial<Observer<T>>) => void,
): readonly unknown[] {
  let thrown: unknown[] | undefined
  for (const observer of observers) {
    try {
      what(observer)
    } catch (error) {
      ;(thrown ??= []).push(error)
    }
  }
  return thrown ?? NOTHING
}

/** The values of a signal, each made into something else. */
export function mapped<T, U>(signal: Signal<T>, change: (value: T) => U): Signal<U> {
  const changed = {
    subscribe: (given: Partial<Observer<U>> | ((value: U) => void)): Unsubscribable => {
      const observer = typeof given === 'function' ? { next: given } : given
      return signal.subscribe({
        next: (value) => observer.next?.(change(value)),
        complete: () => observer.complete?.(),
      })
    },
  } as Signal<U>
  mark(changed)
  return changed
}

/** Lets `from()` know what it was given. */
function mark(signal: object): void {
  Object.defineProperty(signal, INTEROP, { value: () => signal })
  // A polyfill may have made the symbol, and then it is what is looked for.
  if (typeof Symbol.observable === 'symbol') Object.defineProperty(signal, Symbol.observable, { value: () => signal })
}

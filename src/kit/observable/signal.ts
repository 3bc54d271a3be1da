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
  #observers: readonly Listener<T>[] = []
  #remembered: T[] = []
  /** What new observers are being told, each: what comes meanwhile comes behind it. */
  readonly #joining = new Set<T[]>()
  #isComplete = false

  constructor(options: SignalOptions<T> = {}) {
    this.#options = options
    mark(this)
  }

  declare [Symbol.observable]: () => Signal<T>

  get isObserved(): boolean {
    return this.#observers.some(({ closed }) => !closed)
  }

  /** Its methods are called on it as it was given, which may be an object with a prototype. */
  subscribe(given: Partial<Observer<T>> | ((value: T) => void)): Unsubscribable {
    const listener = new Listener(typeof given === 'function' ? { next: given } : given)
    const { observed, threw } = this.#options
    const thrown = this.#tellEarlier(listener)
    if (thrown.length > 0) threw?.(thrown[0])
    if (this.#isComplete) {
      tell([listener], () => listener.complete())
      return { unsubscribe: () => {} }
    }
    this.#observers = [...this.#observers, listener]
    if (this.#observers.length === 1) observed?.(true)
    return { unsubscribe: () => this.#remove(listener) }
  }

  /** @returns what observers threw, of which there may be several. */
  next(value: T): readonly unknown[] {
    if (this.#isComplete) return []
    const { remembers = 0 } = this.#options
    if (remembers > 0) this.#remembered.push(value)
    if (this.#remembered.length > remembers) this.#remembered.shift()
    for (const values of this.#joining) values.push(value)
    return tell(this.#observers, (observer) => observer.next(value))
  }

  /** Nothing more comes for those who are there; and unless it is `again`, for nobody else either. */
  complete({ again = false } = {}): void {
    if (this.#isComplete) return
    this.#isComplete = !again
    const observers = this.#observers
    this.#observers = []
    // One that subscribes again when it is told is there for what comes next.
    tell(observers, (observer) => observer.complete())
    if (observers.length > 0 && !this.isObserved) this.#options.observed?.(false)
  }

  /** Also what comes because of it. @returns what was thrown. */
  #tellEarlier(listener: Listener<T>): readonly unknown[] {
    const { first } = this.#options
    const values = this.#isComplete || first === undefined ? [...this.#remembered] : [...this.#remembered, first()]
    const thrown: unknown[] = []
    this.#joining.add(values)
    for (const value of values) thrown.push(...tell([listener], () => listener.next(value)))
    this.#joining.delete(values)
    return thrown
  }

  #remove(listener: Listener<T>): void {
    listener.leave()
    if (!this.#observers.includes(listener)) return
    this.#observers = this.#observers.filter((observer) => observer !== listener)
    if (this.#observers.length === 0) this.#options.observed?.(false)
  }
}

/** What RxJS subscribes with says itself when it has enough, also before it was given anything to unsubscribe. */
type Given<T> = Partial<Observer<T>> & { readonly closed?: boolean }

/** An observer for the time of one subscription, of which it may have several. */
class Listener<T> {
  readonly #given: Given<T>
  #hasLeft = false

  constructor(given: Given<T>) {
    this.#given = given
  }

  /** Nothing is told it any more. */
  get closed(): boolean {
    return this.#hasLeft || this.#given.closed === true
  }

  next(value: T): void {
    if (!this.closed) this.#given.next?.(value)
  }

  complete(): void {
    if (!this.closed) this.#given.complete?.()
  }

  leave(): void {
    this.#hasLeft = true
  }
}

const NOTHING: readonly unknown[] = []

/** @returns what was thrown. */
function tell<T>(observers: readonly Listener<T>[], what: (observer: Listener<T>) => void): readonly unknown[] {
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
      const observer: Given<U> = typeof given === 'function' ? { next: given } : given
      const changing: Given<T> = {
        get closed() {
          return observer.closed === true
        },
        next: (value) => observer.next?.(change(value)),
        complete: () => observer.complete?.(),
      }
      return signal.subscribe(changing)
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

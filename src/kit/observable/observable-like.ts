/** What is told of an observable: values, and then its end, once. */
export interface Observer<T> {
  next(value: T): void
  error(error: unknown): void
  complete(): void
}

/** What ends a subscription. */
export interface Unsubscribable {
  unsubscribe(): void
}

/** Whatever can be subscribed to as an observable of RxJS can; no library is needed to do so. */
export interface ObservableLike<T> {
  subscribe(observer: Observer<T>): Unsubscribable
  /** By this the compiler knows what an observable of RxJS gives, whose `subscribe` has several forms. */
  forEach?(next: (value: T) => void): unknown
}

export function isObservableLike(value: unknown): value is ObservableLike<unknown> {
  return typeof (value as Partial<ObservableLike<unknown>> | null | undefined)?.subscribe === 'function'
}

import type { OverflowSpec } from '../../src/core/overflow-plan.ts'
import {
  ModelDisk,
  ModelOverflow,
  type Answer,
  type Effect,
  type StoreCall,
} from '../../src/testing/simulator/model-overflow.ts'
import { Deferred } from '../../src/testing/simulator/world.ts'

/** A call of a store that waits for a test. */
export interface HeldCall {
  readonly call: StoreCall
  /** It takes effect and is answered. */
  take(): void
  /** It fails without having taken effect. */
  reject(error: unknown): void
}

/** A model store whose calls take effect at once, but for the kinds that a test holds back. */
export class HeldStore {
  readonly disk: ModelDisk
  /** Kinds of calls that wait. */
  readonly holds = new Set<StoreCall>()
  readonly held: HeldCall[] = []
  /** Calls so far. */
  readonly calls: StoreCall[] = []
  /** The store of the run that began last. */
  store!: ModelOverflow

  constructor(disk = new ModelDisk()) {
    this.disk = disk
  }

  /** An overflow on it, with the settings given. */
  overflow(settings: Omit<OverflowSpec, 'createStore'> = {}): OverflowSpec {
    return {
      delayMs: 0,
      ...settings,
      createStore: ({ env }) => {
        this.store = new ModelOverflow(this.disk, { answer: this.#answer, date: () => env.date() })
        return this.store
      },
    }
  }

  /** The first call that waits takes effect. */
  take(): void {
    this.held.shift()!.take()
  }

  readonly #answer: Answer = <T>(call: StoreCall, effect: Effect<T>): PromiseLike<T> => {
    const deferred = new Deferred()
    this.calls.push(call)
    const take = (): void => deferred.resolve(effect.take())
    const reject = (error: unknown): void => {
      effect.drop()
      deferred.reject(error)
    }
    if (this.holds.has(call)) this.held.push({ call, take, reject })
    else take()
    return deferred as PromiseLike<T>
  }
}

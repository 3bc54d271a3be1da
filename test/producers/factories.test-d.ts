import { of, type Observable } from 'rxjs'
import { describe, expectTypeOf, test } from 'vitest'
import type { PipelineBuilder, Ref } from '../../src/config/builder-types.ts'
import { each } from '../../src/consumers/each.ts'
import type { Outcome } from '../../src/kit/feed/ticket.ts'
import { iterable } from '../../src/producers/iterable.ts'
import { observable } from '../../src/producers/observable.ts'
import { queue } from '../../src/producers/queue.ts'

interface Order {
  readonly id: string
  readonly lines: readonly string[]
}

declare const p: PipelineBuilder
declare const order: Order

describe('iterable', () => {
  test('gives what it iterates over, however that comes', () => {
    expectTypeOf(p.producer('list', iterable([1, 2]))).toEqualTypeOf<Ref<number>>()
    expectTypeOf(p.producer('set', iterable(new Set([order])))).toEqualTypeOf<Ref<Order>>()
    expectTypeOf(
      p.producer(
        'later',
        iterable(async () => [order]),
      ),
    ).toEqualTypeOf<Ref<Order>>()
    const pages = iterable(async function* ({ signal }) {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      yield order
    })
    expectTypeOf(p.producer('pages', pages)).toEqualTypeOf<Ref<Order>>()
    // @ts-expect-error -- a number is nothing to iterate over
    iterable(5)
  })
})

describe('observable', () => {
  test('gives what the observable emits, and wants to be told what happens to what is too much', () => {
    const source$: Observable<Order> = of(order)
    expectTypeOf(p.producer('hot', observable(source$, { whenFull: 'error' }))).toEqualTypeOf<Ref<Order>>()
    const later = observable(() => of(1), { whenFull: 'drop-oldest', queue: { messages: 5 } })
    expectTypeOf(p.producer('later', later)).toEqualTypeOf<Ref<number>>()
    // @ts-expect-error -- what is too much has to go somewhere
    observable(source$)
    // @ts-expect-error -- the policy has no default
    observable(source$, {})
    // @ts-expect-error -- a number is no observable
    observable(5, { whenFull: 'error' })
  })
})

describe('queue', () => {
  test('is a producer of what is given to it', () => {
    const orders = queue<Order>({ queue: { messages: 10, bytes: '1MiB' }, whenFull: 'reject', waiting: 5 })
    expectTypeOf(p.producer('orders', orders)).toEqualTypeOf<Ref<Order>>()
    expectTypeOf(orders.offer(order, { key: order.id })).toEqualTypeOf<boolean>()
    expectTypeOf(orders.offerMany([order], ({ id }) => ({ position: id }))).toEqualTypeOf<number>()
    expectTypeOf(
      orders.pushMany([order], { details: ({ id }, index) => ({ key: `${id}${index}` }) }),
    ).resolves.toEqualTypeOf<void>()
    expectTypeOf(
      orders.push(order, { signal: new AbortController().signal }).then(({ done }) => done),
    ).resolves.toEqualTypeOf<Outcome>()
  })

  test('takes nothing else', () => {
    const orders = queue<Order>()
    expectTypeOf(orders.offer).parameter(0).toEqualTypeOf<Order>()
    // @ts-expect-error -- no order
    orders.offer({ id: 1 })
    // @ts-expect-error -- no order
    void orders.push('a')
    // @ts-expect-error -- the feed is the factory's affair
    queue<Order>({ feed: 1 })
    const ref = p.producer('orders', orders)
    // @ts-expect-error -- its orders have no such field
    const show = each<Order>((given) => given.total)
    p.consumer('show', ref, show)
  })
})

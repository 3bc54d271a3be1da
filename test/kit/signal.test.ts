import { firstValueFrom, from, lastValueFrom, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Emitter, mapped } from '../../src/kit/observable/signal.ts'

describe('signal', () => {
  test('`from` of RxJS takes it, and leaves it when it has enough', async () => {
    const changes: boolean[] = []
    const emitter = new Emitter<number>({ observed: (isObserved) => void changes.push(isObserved) })
    const first = firstValueFrom(from(emitter))
    emitter.next(1)
    await expect(first).resolves.toBe(1)
    expect(changes).toEqual([true, false])
  })

  test('tells what it remembers, and its end, to whoever comes late', async () => {
    const emitter = new Emitter<number>({ remembers: 2 })
    for (const value of [1, 2, 3]) emitter.next(value)
    emitter.complete()
    emitter.next(4)
    await expect(lastValueFrom(from(emitter).pipe(toArray()))).resolves.toEqual([2, 3])
  })

  test('an observer that throws stops no other, and what it threw is told to whoever emits', () => {
    const emitter = new Emitter<number>()
    const seen: number[] = []
    emitter.subscribe(() => {
      throw new Error('mine')
    })
    emitter.subscribe({ next: (value) => void seen.push(value) })
    expect(emitter.next(1)).toEqual([new Error('mine')])
    expect(seen).toEqual([1])
  })

  test('who comes or goes while a value is told doesn’t keep others from it', () => {
    const emitter = new Emitter<number>()
    const seen: string[] = []
    const one = emitter.subscribe((value) => {
      seen.push(`one ${value}`)
      one.unsubscribe()
      emitter.subscribe((later) => void seen.push(`late ${later}`))
    })
    emitter.subscribe((value) => void seen.push(`two ${value}`))
    emitter.next(1)
    emitter.next(2)
    expect(seen).toEqual(['one 1', 'two 1', 'two 2', 'late 2'])
  })

  test('who was left by another one is told nothing more, also of the value that is being told', () => {
    const emitter = new Emitter<number>()
    const seen: number[] = []
    emitter.subscribe(() => left.unsubscribe())
    const left = emitter.subscribe((value) => void seen.push(value))
    emitter.next(1)
    expect(seen).toEqual([])
  })

  test('what comes because of what a new observer is told comes behind it, and nothing is left out', () => {
    const emitter = new Emitter<number>({ remembers: 3 })
    for (const value of [1, 2, 3]) emitter.next(value)
    const seen: number[] = []
    emitter.subscribe((value) => {
      seen.push(value)
      if (value === 1) emitter.next(4)
    })
    emitter.next(5)
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  test('one of RxJS that has enough at once is there no more, though it has not been given its subscription', () => {
    const seen: boolean[] = []
    const emitter: Emitter<number> = new Emitter<number>({
      observed: (isObserved) => {
        if (!isObserved) return
        emitter.next(1)
        seen.push(emitter.isObserved)
      },
    })
    from(mapped(emitter, (value) => value))
      .pipe(take(1))
      .subscribe()
    expect(seen).toEqual([false])
  })

  test('each value can be made into something else', () => {
    const emitter = new Emitter<number>()
    const seen: unknown[] = []
    const doubled = from(mapped(emitter, (value) => value * 2))
    const subscription = doubled.subscribe({ next: (v) => void seen.push(v), complete: () => void seen.push('end') })
    emitter.next(1)
    emitter.complete()
    expect(seen).toEqual([2, 'end'])
    expect(subscription.closed).toBe(true)
  })
})

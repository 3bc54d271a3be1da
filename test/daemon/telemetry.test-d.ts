import { firstValueFrom, from, type Observable } from 'rxjs'
import { expectTypeOf, test } from 'vitest'
import type { PipelineEvent, PipelineSnapshot, Running } from '../../src/index.ts'

declare const running: Running

test('running: RxJS knows what its observables give', () => {
  expectTypeOf(from(running.events$)).toEqualTypeOf<Observable<PipelineEvent>>()
  expectTypeOf(firstValueFrom(from(running.stats$))).resolves.toEqualTypeOf<readonly PipelineSnapshot[]>()
  running.events$.subscribe((event) => {
    if (event.type === 'dead-letters') expectTypeOf(event.count).toEqualTypeOf<number>()
  })
})

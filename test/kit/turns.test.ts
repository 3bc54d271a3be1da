import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Turns } from '../../src/kit/turns.ts'

test('turns: tasks never overlap and keep their order, also behind one that fails (property)', async () => {
  const task = fc.record({ steps: fc.nat(3), fails: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(task), async (tasks) => {
      const turns = new Turns()
      const begun: number[] = []
      let running = 0
      const settled = await Promise.allSettled(
        tasks.map(({ steps, fails }, index) =>
          turns.take(async () => {
            begun.push(index)
            expect(++running).toBe(1)
            for (let step = 0; step < steps; step++) await Promise.resolve()
            running--
            if (fails) throw new Error('failed')
            return index
          }),
        ),
      )
      expect(begun).toEqual(tasks.map((_, index) => index))
      expect(settled.map(({ status }) => status === 'rejected')).toEqual(tasks.map(({ fails }) => fails))
    }),
  )
})

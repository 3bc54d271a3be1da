import { expect, it } from 'vitest'
import { BodyTurns } from '../../../src/kit/http/body-turns.ts'

/** Adds bodies whose takers say so in `log`, and so does a microtask that each of them asks for: the pipeline's turn. */
function logged(turns: BodyTurns, names: readonly string[], log: string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const name of names)
      turns.add(() => {
        log.push(name)
        queueMicrotask(() => {
          log.push(`turn of ${name}`)
          if (name === names.at(-1)) resolve()
        })
      })
  })
}

it('whole bodies are taken in their order, each after the pipeline had its turn for the one before', async () => {
  const log: string[] = []
  await logged(new BodyTurns(), ['a', 'b', 'c'], log)
  expect(log).toEqual(['a', 'turn of a', 'b', 'turn of b', 'c', 'turn of c'])
})

it('a body is not taken before what else is read has been read, and one that comes while others are taken waits', async () => {
  const turns = new BodyTurns()
  const log: string[] = []
  const later = new Promise<void>((resolve) => {
    turns.add(() => {
      log.push('first')
      turns.add(() => {
        log.push('late')
        resolve()
      })
    })
  })
  const rest = logged(turns, ['second'], log)
  await Promise.resolve()
  expect(log).toEqual([])
  await Promise.all([later, rest])
  expect(log).toEqual(['first', 'second', 'turn of second', 'late'])
})

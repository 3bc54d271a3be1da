import { expect, test } from 'vitest'
import { listenToSignals, type SignalTarget } from '../../src/daemon/signals.ts'
import { collectingLog } from './collecting.ts'

/** A process that is sent signals by hand. */
class FakeProcess implements SignalTarget {
  readonly exits: number[] = []
  readonly #listeners = new Map<string, () => void>()
  #now = 0

  on(signal: string, listener: () => void): void {
    this.#listeners.set(signal, listener)
  }
  off(signal: string): void {
    this.#listeners.delete(signal)
  }
  exit(code: number): void {
    this.exits.push(code)
  }
  now(): number {
    return this.#now
  }
  send(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT', afterMs: number): void {
    this.#now += afterMs
    this.#listeners.get(signal)?.()
  }
  get isListening(): boolean {
    return this.#listeners.size > 0
  }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('the first %s asks for a graceful stop, and says so', (name) => {
  const target = new FakeProcess()
  const log = collectingLog()
  const { signal } = listenToSignals(log, target)
  target.send(name, 1)
  expect(signal.aborted).toBe(true)
  expect(target.exits).toEqual([])
  expect(log.lines[0]?.message).toContain(name)
})

test.each([
  ['SIGINT', 'SIGINT', 130],
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGINT', 'SIGTERM', 143],
  ['SIGTERM', 'SIGINT', 130],
  ['SIGHUP', 'SIGHUP', 129],
] as const)('after %s, %s ends the process at once, with %i', (first, second, exitCode) => {
  const target = new FakeProcess()
  listenToSignals(collectingLog(), target)
  target.send(first, 1)
  target.send(second, 1000)
  expect(target.exits).toEqual([exitCode])
})

test('a log that cannot be written keeps no signal from stopping the process', () => {
  const target = new FakeProcess()
  const broken = (): never => {
    throw new Error('no space left')
  }
  const { signal } = listenToSignals({ debug: broken, info: broken, warn: broken, error: broken }, target)
  expect(() => target.send('SIGTERM', 1)).toThrow('no space left')
  expect(signal.aborted).toBe(true)
  expect(() => target.send('SIGTERM', 1000)).toThrow('no space left')
  expect(target.exits).toEqual([143])
})

test('one Ctrl-C that arrives twice, by way of npm, is one', () => {
  const target = new FakeProcess()
  listenToSignals(collectingLog(), target)
  target.send('SIGINT', 1)
  target.send('SIGINT', 5)
  expect(target.exits).toEqual([])
  target.send('SIGINT', 1000)
  expect(target.exits).toEqual([130])
})

test('SIGQUIT calls whoever listens, each time, and stops nothing', () => {
  const target = new FakeProcess()
  const log = collectingLog()
  const { signal, heardBy } = listenToSignals(log, target)
  target.send('SIGQUIT', 1)
  expect(log.lines).toMatchObject([{ message: 'SIGQUIT: nothing runs yet' }])
  let heard = 0
  heardBy(() => heard++)
  target.send('SIGQUIT', 1)
  target.send('SIGQUIT', 1)
  expect([heard, signal.aborted, target.exits]).toEqual([2, false, []])
})

test('when it is disposed of, signals do what they do by default', () => {
  const target = new FakeProcess()
  listenToSignals(collectingLog(), target).dispose()
  expect(target.isListening).toBe(false)
})

import { onTestFinished } from 'vitest'
import type { z } from 'zod'
import type { Log } from '../../src/core/component.ts'
import { realEnv } from '../../src/core/env.ts'
import { SluiceError } from '../../src/core/errors.ts'
import { RedisConnection, type RedisWorld } from '../../src/redis/connection.ts'
import { until } from '../e2e/process.ts'
import { passes } from '../../src/redis/errors.ts'
import { redisOptions, type RedisOptions } from '../../src/redis/options.ts'

type Given = z.input<typeof redisOptions>

/** A log that keeps its lines. */
export interface KeptLog extends Log {
  readonly lines: string[]
}

export function keptLog(): KeptLog {
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function options(given: Given): RedisOptions {
  return redisOptions.parse(given)
}

/** Opens a connection that is closed with the test. */
export async function open(given: Given, world: Partial<RedisWorld> = {}): Promise<RedisConnection> {
  const connection = await RedisConnection.open(options(given), { env: realEnv, log: keptLog(), ...world })
  onTestFinished(() => connection.close())
  return connection
}

/** Tries until it succeeds; all that it fails with meanwhile must pass by itself. @returns those failures */
export async function finallyDone(attempt: () => Promise<unknown>): Promise<SluiceError[]> {
  const failures: SluiceError[] = []
  await until(
    async () => {
      try {
        await attempt()
        return true
      } catch (error) {
        if (!passes(error)) throw error
        failures.push(error as SluiceError)
        return false
      }
    },
    () => `an end of ${failures.at(-1)?.message}`,
  )
  return failures
}

/** Repeats it until it fails. @returns the failure */
export async function finallyFailed(attempt: () => Promise<unknown>): Promise<SluiceError> {
  return await until(
    async () => {
      try {
        await attempt()
        return false
      } catch (error) {
        if (error instanceof SluiceError) return error
        throw error
      }
    },
    () => 'a failure',
  )
}

/** Resolves when the server answers again. */
export async function answers(redis: RedisConnection): Promise<void> {
  await finallyDone(() => redis.send('ping'))
}

/** What something fails with. */
export async function failure(asked: Promise<unknown>): Promise<SluiceError> {
  const thrown: unknown = await asked.then(
    (value) => new Error(`it did not fail, but gave ${String(value)}`),
    (error: unknown) => error,
  )
  if (thrown instanceof SluiceError) return thrown
  throw thrown
}

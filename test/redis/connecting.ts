import { onTestFinished } from 'vitest'
import type { Log } from '../../src/core/component.ts'
import { realEnv } from '../../src/core/env.ts'
import { SluiceError } from '../../src/core/errors.ts'
import { RedisConnection, type RedisWorld } from '../../src/redis/connection.ts'
import { redisOptions, type RedisOptions } from '../../src/redis/options.ts'

type Given = Parameters<typeof redisOptions.parse>[0] & object

/** A log that keeps its lines. */
export interface KeptLog extends Log {
  readonly lines: string[]
}

export function keptLog(): KeptLog {
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export function options(given: Given): RedisOptions {
  return redisOptions.parse(given)
}

/** Opens a connection that is closed with the test. */
export async function open(given: Given, world: Partial<RedisWorld> = {}): Promise<RedisConnection> {
  const connection = await RedisConnection.open(options(given), { env: realEnv, log: keptLog(), ...world })
  onTestFinished(() => connection.close())
  return connection
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

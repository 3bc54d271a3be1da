import { createHash } from 'node:crypto'
import { SluiceError } from '../core/errors.ts'
import type { RedisArgument } from './sender.ts'

/** A script that a server runs as one step. */
export interface RedisScript {
  /** For people: what it does, as "acquire the lease". */
  readonly name: string
  readonly lua: string
  /** By which a server knows it once it has seen it. */
  readonly sha: string
}

/** A script whose writes a replica must have. */
export interface ReplicatedRun {
  readonly keys: readonly string[]
  readonly args: readonly RedisArgument[]
  /** At least 1 ms, and less than the time for an answer. */
  readonly withinMs: number
}

/** Makes a script; its hash is computed once. */
export function script(name: string, lua: string): RedisScript {
  const text = lua.trim()
  return { name, lua: text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Whether a server has not seen a script, or has forgotten it. */
export function isScriptUnknown(error: unknown): boolean {
  return error instanceof SluiceError && error.cause instanceof Error && error.cause.message.startsWith('NOSCRIPT')
}

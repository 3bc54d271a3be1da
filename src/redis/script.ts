import { createHash } from 'node:crypto'
import { SluiceError } from '../core/errors.ts'

/** A script that a server runs as one step. */
export interface RedisScript {
  /** For people: what it does, as "acquire the lease". */
  readonly name: string
  readonly lua: string
  /** By which a server knows it once it has seen it. */
  readonly sha: string
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

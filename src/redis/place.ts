import { addressOf, serverOf, type RedisOptions } from './options.ts'

/** Which key of which server is meant, whoever connects. Its text is the same for two that mean the same, and not for people. */
export function placeOfKey(options: RedisOptions, key: string): string {
  return JSON.stringify(['redis', addressOf(options), options.db ?? serverOf(options.url).db ?? 0, key])
}

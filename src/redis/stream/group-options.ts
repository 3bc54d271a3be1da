import type { RedisOptions } from '../options.ts'

/** What a group is told by its producer. */
export interface GroupOptions extends RedisOptions {
  readonly stream: string
  readonly group: string
  readonly create: boolean
  /** `new`, `beginning`, or the id behind which a group that is created begins. */
  readonly start: string
  readonly claimAfter: number
  readonly deadLetters?: { readonly stream: string; readonly attempts: number } | undefined
  readonly trim: 'never' | 'acked'
}

/** A config with something wrong in it, and all that is said about it. */
export interface Mistake {
  readonly title: string
  readonly text: string
  readonly environment?: Readonly<Record<string, string>>
  /** `line:column CODE message | hint` of each problem, in the order of the file. */
  readonly problems: readonly string[]
}

/** A mistake in a file of `config/`: a piece of it, what stands there instead, and all that is said of it. */
export type ShippedMistake = readonly [
  file: 'payments' | 'redact' | 'shell-filter',
  title: string,
  piece: string,
  replacement: string,
  problems: Mistake['problems'],
]

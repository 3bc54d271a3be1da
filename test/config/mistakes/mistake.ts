/** A config with something wrong in it, and all that is said about it. */
export interface Mistake {
  readonly title: string
  readonly text: string
  readonly environment?: Readonly<Record<string, string>>
  /** `line:column CODE message | hint` of each problem, in the order of the file. */
  readonly problems: readonly string[]
}

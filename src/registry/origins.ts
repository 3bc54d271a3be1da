/** Where code stands that a node runs. */
export interface Origin {
  /** An absolute path. */
  readonly file: string
  /** The first and the last line of what belongs to that node alone, where several share a file. */
  readonly lines?: readonly [first: number, last: number]
}

const ORIGINS = new WeakMap<object, readonly Origin[]>()

/** Notes where a definition, or a component made of one, has its code: for whoever looks where an error came from. */
export function noteOrigins(owner: object, origins: readonly Origin[]): void {
  ORIGINS.set(owner, origins)
}

/** What was noted; nothing where nobody knows. */
export function originsOf(owner: object): readonly Origin[] {
  return ORIGINS.get(owner) ?? []
}

/** Where numbers go in by one door and come out by another, and the daemons between them. */
export interface Door {
  /** The config of the daemons; each has its name in DAEMON. */
  readonly pipeline: string
  /** Names of the daemons that share the work. */
  readonly daemons: readonly string[]
  /** Gives so many numbers in, from `first` on. */
  add(first: number, count: number): Promise<void>
  /** How many have come out, about: some that came again may count, and some may not yet. */
  count(): Promise<number>
  /** All that have come out, those that came again as well. */
  numbers(): Promise<readonly number[]>
  /** Nothing that was given in is without an outcome. @param count what was given in. */
  isSettled(count: number): Promise<boolean>
  /** Told when a daemon was killed. @returns how many may come again for that. */
  mayComeAgain(): Promise<number> | number
  /** Kills the server that keeps what is under way, and starts it again, where there is one. */
  restart?(): Promise<void>
  close(): Promise<void> | void
}

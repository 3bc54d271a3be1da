/** What a node counts. Plain numbers, added to once per array; read by whoever shows them. */
export class Counters {
  /** Messages taken in, and given out. */
  in = 0
  out = 0
  /** Messages that failed here, by outcome of `onFailure`. */
  failed = 0
  /** Messages dropped on purpose, by reason (A2, D15). */
  readonly dropped = new Map<string, number>()
  /** The component's own. */
  readonly own = new Map<string, number>()
  /** Times the node was restarted (D14). */
  restarts = 0
  /** Calls that took longer than their timeout (D13). */
  timeouts = 0

  drop(reason: string, count: number): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count)
  }

  add(name: string, count: number): void {
    this.own.set(name, (this.own.get(name) ?? 0) + count)
  }
}

import type { Mutant } from './mutant.ts'

/** A mistake that the simulator must find, and the invariants by which. */
export interface SimulatedMutant extends Mutant {
  readonly title: string
  readonly invariants: readonly string[]
}

export const simulatedMutants: readonly SimulatedMutant[] = [
  {
    title: 'credit lost on cancel',
    invariants: ['credit-conserved'],
    file: 'src/core/edge.ts',
    find: 'this.asked -= this.credit // Taken back: nobody owes it any more (D5).',
    replace: '',
  },
  {
    title: 'credit lost on restart',
    invariants: ['credit-sum'],
    file: 'src/core/edge.ts',
    find: 'this.surplus += surplus.length',
    replace: '',
  },
  {
    title: 'ack before a broadcast has settled',
    invariants: ['acked-means-handled', 'one-outcome'],
    file: 'src/core/settle.ts',
    find: 'if (--up.open > 0) return',
    replace: 'up.open--',
  },
  {
    title: 'flush forgotten at drain',
    invariants: ['explained-failure'],
    file: 'src/core/barrier.ts',
    find: 'worker.flush(marker.kind, () => {',
    replace:
      "const flush = marker.kind === 'flush' ? worker.flush.bind(worker) : (_kind: string, done: () => void) => done()\n      flush(marker.kind, () => {",
  },
  {
    title: 'a key overtaken under concurrency',
    invariants: ['key-order'],
    file: 'src/core/lanes.ts',
    find: 'if (lane?.isBusy === true) lane.waiting.push(arrival)',
    replace:
      'if (lane?.isBusy === true && this.#ready.some((ahead) => ahead.lane === lane)) lane.waiting.push(arrival)',
  },
  {
    title: 'a marker ahead of kept messages',
    invariants: ['marker-last'],
    file: 'src/core/branch.ts',
    find: 'if (this.waiting.length === 0) this.edge.mark(marker)',
    replace: 'if (this.waiting.length >= 0) this.edge.mark(marker)',
  },
  {
    title: 'a child forgotten after a throw',
    invariants: ['finishes', 'nothing-lost', 'one-outcome'],
    file: 'src/core/ownership.ts',
    find: 'child.stamp = VOID\n        parent.kin!.open--',
    replace: 'child.stamp = VOID',
  },
  {
    title: 'a late result accepted',
    invariants: ['one-outcome', 'credit-sum', 'handled-once', 'nothing-lost'],
    file: 'src/core/slots.ts',
    find: "if (flight.state === 'abandoned') {",
    replace: 'if (flight.state === undefined) {',
  },
]

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
    find: 'if (lane?.isBusy === true) {',
    replace: 'if (lane?.isBusy === true && this.#ready.some((ahead) => ahead.lane === lane)) {',
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
  {
    title: 'an outage counted as attempts',
    invariants: ['explained-failure', 'order', 'key-order'],
    file: 'src/core/recovery.ts',
    find: "if (kindOf(error) === 'place') return true",
    replace: '',
  },
  {
    title: 'a retry that overtakes its key',
    invariants: ['key-order'],
    file: 'src/core/async-pump.ts',
    find: 'return this.#lanes?.keepsBack(message) === true',
    replace: 'return false && message === undefined',
  },
  {
    title: 'a retry that is overtaken by what follows',
    invariants: ['order'],
    file: 'src/core/waiting-calls.ts',
    find: 'return this.#isInOrder && (slots.hasFailed || slots.firstWaiting !== undefined)',
    replace: 'return this.#isInOrder && slots === undefined',
  },
  {
    title: 'a parked message that has its credit given back twice',
    invariants: ['credit-sum', 'credit-conserved'],
    file: 'src/core/async-pump.ts',
    find: 'if (flight.hasCredit) this.#addHandled(edge, flight)',
    replace: 'if (flight !== undefined) this.#addHandled(edge, flight)',
  },
  {
    title: 'a circuit that nobody probes',
    invariants: ['finishes', 'explained-failure'],
    file: 'src/core/waiting-calls.ts',
    find: 'if (now < circuit.retryAt) return this.#arm(circuit.retryAt)',
    replace: 'if (now < circuit.retryAt) return',
  },
  {
    title: 'calls that are kept when the circuit closes',
    invariants: ['finishes', 'explained-failure'],
    file: 'src/core/waiting-calls.ts',
    find: 'if (this.#kept.length === 0) return\n    const { now }',
    replace: 'if (this.#kept.length >= 0) return\n    const { now }',
  },
  {
    title: 'half of a call that is forgotten',
    invariants: ['nothing-lost', 'finishes'],
    file: 'src/core/retries.ts',
    find: 'slots.wait(second, next)\n    this.waiting.add(second)',
    replace: 'void next',
  },
  {
    title: 'a timer of retries that outlives its graph',
    invariants: ['timer-leak', 'finishes'],
    file: 'src/core/waiting-calls.ts',
    find: 'this.#timer?.cancel()\n    this.#due.clear()',
    replace: 'this.#due.clear()',
  },
]

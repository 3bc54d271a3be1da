/** A change of one place of the kernel that breaks a rule, and the test that must notice. */
export interface RuleMutant {
  readonly rule: string
  /** From the root of the repository. */
  readonly file: string
  /** Stands in the file once, exactly so. */
  readonly find: string
  readonly replace: string
  readonly test: string
  /** What it breaks. */
  readonly because: string
}

type Change = readonly [rule: string, module: string, find: string, replace: string, because: string]

const CHANGES: readonly Change[] = [
  ['D1', 'plan', 'Math.ceil(DEFAULTS.demandParts / parts)', 'DEFAULTS.demandParts', 'windows behind batches count messages, not parts'],
  ['D1', 'plan', '2 * concurrency * callSize', 'concurrency * callSize', 'slots have one call in their window, not two'],
  ['D1', 'plan', 'Math.floor(max / 2)', 'Math.ceil(max / 2)', 'minDemand is rounded up'],
  ['D2', 'branch', 'const fitting = edge.fits(messages)\n      if (fitting === messages.length)', 'const fitting = messages.length\n      if (fitting === messages.length)', 'output beyond credit is dispatched'],
  ['D2', 'producer', 'Math.min(allowed, ingress.fits(messages))', 'allowed', '`emit` takes more than the queue has room for'],
  ['D3', 'edge', 'if (this.returning >= this.step) this.#ask()\n    else if', 'if (this.returning > 0) this.#ask()\n    else if', 'asynchronous nodes ask for each message by itself'],
  ['D3', 'edge', 'this.underWay -= count\n', 'this.underWay -= count - 1\n', 'a handled message stays under way'],
  ['D4', 'worker-base', 'outlet === undefined ? UNLIMITED : Math.min(outlet.room, UNLIMITED)', 'UNLIMITED', 'a stage takes more than it can pass on'],
  ['D4', 'async-pump', 'worker.intake - slots.reserved', 'worker.intake', 'slots do not reserve the credit for their results'],
  ['D4', 'worker', 'Math.min(this.intake, this.turnLimit), out', 'this.turnLimit % 1000, out', 'an iterable is pulled without credit'],
  ['D5', 'edge', 'this.asked -= this.credit', 'this.asked -= 0', 'a cancelled edge is still owed its credit'],
  ['D5', 'edge', 'const repaid = Math.min(this.surplus, count)', 'const repaid = 0', 'credit of messages that were put back is returned twice'],
  ['D6', 'producer', 'this.#give(this.#admit(answer as Message[]))\n    this.wake()', 'this.#give(this.#admit(answer as Message[]))', 'the rest of the debt is forgotten after an answer'],
  ['D6', 'producer', 'if (this.#waitsForOutcome || this.ledger.hasNews) this.wake()', 'if (this.ledger.hasNews && this.#isTelling) this.wake()', 'an outcome does not wake a producer that had nothing'],
  ['D7', 'branch', 'return this.waiting.length > 0 ? 0 : this.edge.room', 'return this.edge.room', 'credit counts as free while output is kept'],
  ['D7', 'outlet', 'if (branch.isBlocking && branch.waiting.length > 0) return 0', '', 'a partition counts as free while another one has kept output'],
  ['D7', 'outlet', 'if (this.branches.length === 0 || this.#kept.length > 0) this.#keep(messages)', 'if (this.branches.length === 0) this.#keep(messages)', 'new output overtakes what is kept'],
  ['D8', 'slots', 'this.running + this.abandoned.size < this.concurrency', 'this.running + this.abandoned.size <= this.concurrency', 'one call too many is in flight'],
  ['D8', 'pump', 'this.#async === undefined && this.#worker.shape!.isAsync', 'this.#async === undefined', 'synchronous handlers go through slots'],
  ['D8', 'scheduler', 'if (!this.#isSliceOpen) {', 'if (this.#isWoken === false) {', 'completions re-enter by microtask for ever'],
  ['D9', 'scheduler', 'while (this.#queue.length > 0 && this.#clock - this.#sliceStart < SLICE_MS)', 'while (this.#queue.length > 0)', 'a slice does not end while nodes are ready'],
  ['D9', 'scheduler', 'this.#head = (this.#head + 1) & (this.#ring.length - 1)\n    this.length--', 'this.length--\n    this.#ring[this.#head] = this.#ring[(this.#head + this.length) & (this.#ring.length - 1)]', 'the node that became ready last runs first'],
  ['D9', 'scheduler', 'if (node.isScheduled) return', '', 'a node stands in the queue more than once'],
  ['D10', 'async-pump', 'shape!.isPerMessage ? 1 : Math.min(room, plan.callSize)', 'shape!.isPerMessage ? 1 : room', 'calls of `handle` have no size'],
  ['D10', 'node', 'Math.min(this.turnLimit, this.lastTaken) >> 1', 'Math.min(this.turnLimit, this.lastTaken)', 'long turns are not halved'],
  ['D10', 'worker-base', 'if (outlet !== undefined && outlet.keptCount > 0) return 0\n', '', 'a holding stage goes on taking while output is kept'],
  ['D11', 'slots', 'this.#timer ??= ', 'this.#timer = ', 'a timer for each call'],
  ['D11', 'call', 'this.#abortReason = undefined\n  }', 'this.#abortReason = undefined\n    this.#controller = new AbortController()\n  }', 'signals are made for nobody'],
  ['D12', 'async-pump', "this.slots.takeSettled(worker.plan.order === 'input')", 'this.slots.takeSettled(false)', 'results go as they come'],
  ['D12', 'lanes', 'lane.isBusy = true\n    let followers', 'this.#lanes.delete(key)\n    let followers', 'messages of one key are in two calls at once'],
  ['D12', 'key', "typeof value === 'number' || typeof value === 'boolean'", "typeof value !== 'string'", 'anything is made into a key'],
  ['D13', 'slots', "if (flight.state === 'abandoned') {\n      this.abandoned.delete(flight)", "if (flight.state === 'free') {\n      this.abandoned.delete(flight)", 'a late result is accepted'],
  ['D13', 'async-pump', 'returned: (flight) => this.#lanes?.release(flight.messages)', 'returned: () => {}', 'the key of an abandoned call is never free again'],
  ['D13', 'async-pump', 'if (this.#isStuck) this.#worker.restart()', '', 'a node whose slots are all abandoned stays as it is'],
  ['D14', 'restart', 'pieces.sort((one, other) => one.sequence - other.sequence)', '', 'messages come back out of order'],
  ['D14', 'restart', 'attempt: message.attempt + 1', 'attempt: message.attempt', 'a call under way does not count as an attempt'],
  ['D14', 'outlet', 'this.reclaim([...edge.cancel(), ...branch!.waiting.drain()])', 'this.reclaim([...branch!.waiting.drain()].concat(edge.cancel().slice(0, 0)))', 'what a cancelled edge had is lost'],
  ['D14', 'restart', 'size: left >> 1', 'size: 1', 'the messages of a call that threw come again one by one'],
  ['D15', 'branch', 'const fitting = this.#fitting(messages, queue)', 'const fitting = messages.length', '`drop-newest` drops nothing'],
  ['D15', 'branch', 'this.waiting.length + count > limit.messages', 'this.waiting.length > limit.messages', '`drop-oldest` lets the queue grow beyond its limit'],
  ['D15', 'producer', "if (whenFull !== 'reject') this.#shed([...excess, ...ingress.takeExcess()])", '', 'a dropping queue at the door is unbounded, and forgets what it has no room for'],
  ['D16', 'dispatch', 'if (each < least) least = each', 'least = each', 'the branch that subscribed last decides for all'],
  ['D16', 'dispatch', 'room[other]! - room[one]! || one - other', 'room[one]! - room[other]! || one - other', 'who has asked for least is served first'],
  ['D16', 'dispatch', 'return partition % subscribers', 'return Math.floor(partition / subscribers) % subscribers', 'partitions are not dealt out in turn'],
  ['D17', 'producer', 'this.#admit(messages.slice(0, taken))', 'this.#admit(messages as Message[])', 'the emitter’s own array travels on'],
  ['D17', 'shapes', 'handler(flight.messages.slice(), flight.call)', 'handler(flight.messages, flight.call)', 'a handler can change the array of its call'],
  ['D17', 'edge', "DRAIN: Marker = { kind: 'drain' }", "DRAIN: Marker = Object.assign({ kind: 'drain' as const }, { tell() {} })", 'a marker carries a function'],
  ['D18', 'branch', 'if (this.waiting.length === 0) this.edge.mark(marker)', 'if (this.waiting.length >= 0) this.edge.mark(marker)', 'a marker overtakes kept output'],
  ['D18', 'barrier', 'if (marker === undefined) return undefined\n', 'if (marker === undefined) continue\n', 'a marker does not wait for the other inputs'],
  ['D18', 'flushes', 'this.#waiting.push(done)\n    if (this.#current === undefined) this.#next()', 'this.#waiting.push(done)\n    this.#next()', 'two barriers at once'],
  ['D19', 'worker', 'if (handlers?.flush === undefined) return done()', "if (handlers?.flush === undefined || reason === 'end') return done()", 'holders are not flushed at the end'],
  ['D19', 'producer', 'if (this.ledger.unacked > 0 || this.#isTelling) return', '', 'a producer is finished before its messages are'],
  ['D20', 'edge', 'if (this.isPaused || this.isCancelled) return', 'if (this.isCancelled) return', 'a paused edge asks for more'],
  ['D20', 'edge', 'if (this.isPaused) return 0', '', 'a paused node takes what is there'],
  ['D21', 'producer', 'Math.min(room === Infinity ? DEFAULTS.demandParts : room, free, this.turnLimit)', 'Math.min(room === Infinity ? DEFAULTS.demandParts : room, this.turnLimit)', 'a producer is asked beyond maxUnacked'],
  ['D21', 'worker', 'if (this.plan.holds) this.#limitHeld()', '', 'a full holder is not pressed'],
  ['D21', 'graph', 'if (!this.producers.some((producer) => producer.isHeldUp)) return', 'if (this.producers.length > 0) return', 'a producer at maxUnacked waits for the timers of holders'],
  ['D22', 'mint', 'HEAP_PER_WIRE_BYTE = 2', 'HEAP_PER_WIRE_BYTE = 1', 'a message is charged what it took on the wire'],
  ['D22', 'expansion', 'Math.ceil(envelope.sizeBytes / values.length)', 'envelope.sizeBytes', 'the children of an array are charged more than their parent'],
  ['D22', 'edge', 'bytes === 0 || bytes + messages', 'bytes + messages', 'a message larger than the window never passes'],
]

/** At least one for each of D1 to D22. */
export const RULE_MUTANTS: readonly RuleMutant[] = CHANGES.map(([rule, module, find, replace, because]) => ({
  rule,
  file: `src/core/${module}.ts`,
  find,
  replace,
  test: `test/core/rules/d${rule.slice(1).padStart(2, '0')}.test.ts`,
  because,
}))

import type { Change } from './change.ts'

/**
 * A1 to A13, and what D23 leaves to a node: the file of the tests, then the change. A3 and D23 have more in
 * `rules-failure`, A6 has its own in `rules-overflow`.
 */
export const OUTCOMES: readonly (readonly [test: string, change: Change])[] = [
  [
    'a01',
    [
      'A1',
      'teller',
      'if (this.#underWay >= most || !ledger.hasNews) return',
      'if (!ledger.hasNews) return',
      'told before `settle` has come back',
    ],
  ],
  [
    'a01',
    [
      'A1',
      'teller',
      'if (this.#underWay >= most || !ledger.hasNews) return',
      'if (this.#underWay > most || !ledger.hasNews) return',
      'one more call of `settle` than the component takes',
    ],
  ],
  [
    'a01',
    [
      'A1',
      'ledger',
      "(outcome === 'acked' ? this.#acked : this.#failed).push(message)",
      'this.#acked.push(message)',
      'a failed message is told as acked',
    ],
  ],
  [
    'a02',
    ['A2', 'settle', 'if (--up.open > 0) return', 'up.open--', 'a message is settled by the first of its branches'],
  ],
  [
    'a02',
    [
      'A2',
      'settle',
      "one.outcome === 'failed') return one",
      "one.outcome === 'failed') return other",
      'a branch that failed is made good by the last one',
    ],
  ],
  [
    'a03',
    [
      'A4',
      'node',
      "return { outcome: 'failed', reason: undefined, error, node: this.name }",
      "return { outcome: 'acked', reason: undefined, error, node: this.name }",
      'who made a message is not told that it failed',
    ],
  ],
  [
    'a05',
    [
      'A5',
      'lifecycle',
      "settle(message, { outcome: 'failed', reason: undefined",
      "settle(message, { outcome: 'acked', reason: undefined",
      'what is left at the end is acked, and so never given again',
    ],
  ],
  [
    'a05',
    [
      'A5',
      'restart',
      "flight.state === 'running' || flight.state === 'failed')) {",
      "flight.state === 'settled')) {",
      'a call that was cut off comes again as if it had never been made',
    ],
  ],
  [
    'a07',
    [
      'A7',
      'lifecycle',
      'this.#left.push({ node: node.name, messages: messages.length })',
      '',
      'what is left at the deadline is not reported',
    ],
  ],
  ['a07', ['A7', 'producer', 'this.#asking.abort()', '', 'a long poll is not aborted']],
  [
    'a08',
    [
      'A8',
      'async-pump',
      'if (isThenable(answer)) return slots.await(flight, answer)',
      'if (isThenable(answer) && this.#worker.outlet !== undefined) return slots.await(flight, answer)',
      'a message is acked when its consumer is called',
    ],
  ],
  [
    'a08',
    [
      'A8',
      'errors',
      "kind: 'place',\n    summary: 'a call took longer",
      "kind: 'message',\n    summary: 'a call took longer",
      'a time-out is a failure',
    ],
  ],
  [
    'a09',
    [
      'A9',
      'ownership',
      'if (this.#isStage) this.#lose(message)',
      'if (this.#isStage) continue',
      'a message that a call forgot is forgotten',
    ],
  ],
  [
    'a09',
    [
      'A9',
      'ownership',
      'if (child.stamp === number) this.#lose(child)',
      'if (child.stamp === FREE) this.#lose(child)',
      'a child that a call forgot is forgotten',
    ],
  ],
  [
    'a10',
    [
      'A10',
      'worker-base',
      'this.fail(message, error)\n        edge.handled(1, boundedBytes(edge, [message]))',
      'throw error',
      'a `key` that throws is a fault of its node',
    ],
  ],
  [
    'a10',
    [
      'A11',
      'message',
      'return new Draft(data, this as unknown as Message<U>)',
      '(this as Message).data = data\n    return new Draft(data, this as unknown as Message<U>)',
      'data is replaced before its call has succeeded',
    ],
  ],
  [
    'a10',
    [
      'A12',
      'settle',
      'if (verdict === undefined && own === undefined) return ackAll(parts)',
      'if (verdict === undefined) return ackAll(parts)',
      'a part that failed follows its batch',
    ],
  ],
  [
    'a12-unbatch',
    [
      'A12',
      'part',
      'if (!failed.has(index)) parts.push',
      'parts.push',
      'a part that has failed goes on with the others',
    ],
  ],
  [
    'a13',
    [
      'A13',
      'slots',
      'this.#timer ??= this.#owner.env.after(this.#timeoutMs, this.#onTimer)',
      '',
      'a call that hangs is waited for',
    ],
  ],
]

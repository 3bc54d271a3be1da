import type { Change } from './change.ts'

/** A3, D14's supervision and D23: the file of the tests, then the change. */
export const FAILURE: readonly (readonly [test: string, change: Change])[] = [
  [
    'a03-retry',
    ['A3', 'recovery', 'attempt >= plan.retry.attempts', 'attempt > plan.retry.attempts', 'one attempt too many'],
  ],
  ['a03-retry', ['A3', 'waiting-calls', 'flight.isCounted ? recovery.spend() : 0', '0', 'retries have no budget']],
  [
    'a03-retry',
    [
      'A3',
      'backoff',
      'random * Math.min(maxMs,',
      'Math.min(maxMs * 2,',
      'pauses grow beyond the limit, without jitter',
    ],
  ],
  [
    'a03-retry',
    [
      'A3',
      'recovery',
      "if (flight.messages.length > 1) return 'halve'\n    const { attempt",
      "if (flight.messages.length > 1) return 'end'\n    const { attempt",
      'a call of many fails as a whole',
    ],
  ],
  ['a03-retry', ['D12', 'retries', 'edge!.handled(messages.length, bytes)', '', 'what is parked keeps its credit']],
  ['a03-outage', ['A3', 'recovery', "if (kindOf(error) === 'place') return true", '', 'an outage counts as attempts']],
  ['a03-outage', ['A3', 'recovery', 'story.suspicions++', '', 'poison is taken for an outage for ever']],
  [
    'a03-found-out',
    [
      'A3',
      'restart',
      "if (plan.holds || plan.order === 'input' || recovery === undefined) return []",
      'if (recovery !== undefined || plan.holds) return []',
      'a message that hangs comes again before all others',
    ],
  ],
  ['a03-found-out', ['A3', 'odds', 'return share === 0', 'return share >= 0', 'bad luck is taken for poison']],
  ['a03-refusals', ['A3', 'looping', 'this.state.end = 0', '', 'what follows a refused message overtakes it']],
  [
    'd14-supervision',
    [
      'D14',
      'supervisor',
      'if (isConnectionError(error)) return this.outOfReach(node, error)',
      '',
      'outages count as faults',
    ],
  ],
  [
    'a03-outage',
    [
      'A3',
      'recovery',
      'host.scheduler.now - keptSince >= plan.giveUpAfterMs',
      'plan.giveUpAfterMs < 0',
      'nothing is ever given up',
    ],
  ],
  ['a03-outage', ['A3', 'circuit', 'Math.max(askedMs,', 'Math.max(0,', 'the place is not left alone']],
  [
    'a03-outage',
    [
      'A3',
      'outage-detector',
      'failure.turn > turn - LOOKED_AT',
      'failure.turn <= turn',
      'failures of long ago make an outage',
    ],
  ],
  [
    'a03-letters',
    ['A3', 'settle', 'if (kin.letters > 0) {', 'if (kin.letters > 9) {', 'acked before its letter is stored'],
  ],
  [
    'a03-letters',
    ['A3', 'worker-base', 'if (letters?.isFull === true) return 0', '', 'a node asks on when nobody keeps its letters'],
  ],
  ['d14-supervision', ['D14', 'supervisor', 'recent.length >= most', 'recent.length > most', 'one restart too many']],
  [
    'd14-supervision',
    [
      'D14',
      'supervisor',
      '!(isConnectionError(error) || hasPassing(error))',
      'error !== undefined',
      'a connection that fails is no reason to try again',
    ],
  ],
  [
    'd23',
    [
      'D23',
      'worker-base',
      'this.host.deadlines.isUsed ? this.#shedExpired(messages, edge) : messages',
      'messages',
      'expired work is done',
    ],
  ],
  [
    'd23',
    [
      'D23',
      'recovery',
      "if (deadline !== undefined && date + pauseMs > deadline) return 'end'",
      '',
      'a retry comes too late',
    ],
  ],
]

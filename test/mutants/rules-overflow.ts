import type { Change } from './change.ts'

/** A6, and what of other rules is the overflow's: the file of the tests, then the change. */
export const OVERFLOW: readonly (readonly [test: string, change: Change])[] = [
  [
    'a06',
    ['A6', 'overflow', 'if (!this.#isOpened) this.#pass()', 'this.#pass()', 'what arrives overtakes what is stored'],
  ],
  [
    'a06',
    [
      'A6',
      'overflow-reader',
      'const isNext = this.#next === first && !this.#isReading',
      'const isNext = !this.#isReading',
      'what was stored last is delivered before what was stored first',
    ],
  ],
  [
    'a06',
    [
      'A6',
      'overflow-writer',
      'while (input.available > 0 && messages.length < limit) {',
      'this.#owner.confirmed([], 0, 0)\n    while (input.available > 0 && messages.length < limit) {',
      'what is on its way to the store counts as stored',
    ],
  ],
  [
    'a06-delivery',
    [
      'A6',
      'settled-numbers',
      'if (number === this.#below) this.#advance(number + 1)',
      'if (number >= this.#below) this.#advance(number + 1)',
      'what is settled out of order settles what is before it',
    ],
  ],
  [
    'a06-delivery',
    [
      'A6',
      'overflow-reader',
      'this.#again.failed({ number, places, parts: before?.parts ?? partCount(message) })',
      'this.#commits.add(number, partCount(message))',
      'what fails back is given up, though it was acknowledged',
    ],
  ],
  [
    'a06-ends',
    [
      'D21',
      'relief',
      ' && !overflows.some(isAwaited)',
      '',
      'an end waits in an overflow for what has failed back and is held, and that for the end',
    ],
  ],
  [
    'a06-ends',
    ['D21', 'worker', ' || parts === this.#withheld', '', 'holders that give nothing are asked without end'],
  ],
  [
    'a12-unbatch',
    [
      'A12',
      'stored',
      ', parts: part.parts && partsFrom(part.parts, given, envelope)',
      '',
      'a batch in a stored batch has lost its parts',
    ],
  ],
  [
    'a07',
    [
      'A7',
      'lifecycle',
      'for (const node of telling) this.#close(node)',
      '',
      'a producer that hears nothing is never closed',
    ],
  ],
  [
    'a06-full',
    [
      'A6',
      'overflow-shedding',
      'if (this.#isFull && reader?.isCommitted === false) return',
      '',
      'more is dropped than is needed for room, because nobody waits until room is given back',
    ],
  ],
  [
    'a06-full',
    [
      'A6',
      'overflow-shedding',
      "this.#owner.drop(this.#excess('newest'), REASON)",
      "this.#owner.drop(this.#excess('oldest'), REASON)",
      'what waits is dropped instead of what comes',
    ],
  ],
  [
    'a06-full',
    [
      'A6',
      'overflow-reader',
      "owner.story.inTrouble('commit', undefined)\n        owner.wake()",
      "owner.story.inTrouble('commit', undefined)",
      'what waits for room does not hear that there is some',
    ],
  ],
  [
    'a06-again',
    [
      'A6',
      'overflow-reader',
      'if (due !== undefined && !(hasNew && this.#isTurnOfNew)) {',
      'if (due !== undefined) {',
      'what fails again and again holds up what is new',
    ],
  ],
  [
    'a06-story',
    [
      'A6',
      'interrupted-append',
      'if (interrupted === undefined) found(0)',
      'if (interrupted !== null) found(0)',
      'an append whose answer was lost with the store is made once more',
    ],
  ],
  [
    'a06-ends',
    ['D19', 'overflow', "if (marker.kind === 'end' && !reader.isOver) return", '', 'an end overtakes what is stored'],
  ],
  [
    'a06-ends',
    [
      'D19',
      'overflow-watermarks',
      'return isFilledTo(input, plan.high) || (host.closing === DRAIN && outlet.room <= 0)',
      'return isFilledTo(input, plan.high)',
      'a drain waits for a consumer that does not come, though it could store what waits',
    ],
  ],
  [
    'a06-ends',
    [
      'A7',
      'overflow',
      'const messages = [...this.writer.giveUp(), ...this.input.cancel(), ...this.outlet.abandon()]',
      'const messages = [...this.input.cancel(), ...this.outlet.abandon()]',
      'what the store has not confirmed has no outcome',
    ],
  ],
]

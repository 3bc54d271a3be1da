import { edited, GOOD } from '../loading.ts'
import type { Mistake } from './mistake.ts'

const set = (setting: string): string => edited('concurrency: 8', setting)

export const mistakes: readonly Mistake[] = [
  {
    title: 'retry that is a word',
    text: set('retry: often'),
    problems: [
      '15:12 TYPE `retry`: expected a number or a map, got "often" | How a message that failed by itself is tried again: a count of calls, the first included, or `{ attempts, backoff, budget }`. Leave it out for one call and no retry, the default.',
    ],
  },
  {
    title: 'no attempt at all',
    text: set('retry: 0'),
    problems: [
      '15:12 VALUE `retry`: must be at least 1, got 0 | How a message that failed by itself is tried again: a count of calls, the first included, or `{ attempts, backoff, budget }`. Leave it out for one call and no retry, the default.',
    ],
  },
  {
    title: 'retry without a value',
    text: set('retry:'),
    problems: [
      '15:5 TYPE `retry`: expected a number or a map, got nothing | How a message that failed by itself is tried again: a count of calls, the first included, or `{ attempts, backoff, budget }`. Leave it out for one call and no retry, the default.',
    ],
  },
  {
    title: 'mistakes inside of retry',
    text: set('retry: { atempts: 3, backoff: { initial: 5, max: 2 hours }, budget: 10 }'),
    problems: [
      '15:14 KEY_UNKNOWN `atempts` is not a setting of `retry` | did you mean `attempts`?',
      '15:46 TYPE `initial`: write a unit: "5ms", "5s" or "5m" | Longest wait before the second call; twice that before the next.',
      '15:54 VALUE `max`: unknown unit "hours": the units are ms, s, m, h, d | Longest wait before any call.',
      '15:73 VALUE `budget`: must be at most 1; 10 % is written "10%" | Retries are at most this share of the calls, as 10% or 0.1; 10% by default.',
    ],
  },
  {
    title: 'a backoff that begins above its end',
    text: set('retry: { backoff: { initial: 20s } }'),
    problems: [
      '15:34 VALUE `initial`: must not be longer than `max`, which is 10000 ms; got 20000 ms | Longest wait before the second call; twice that before the next.',
    ],
  },
  {
    title: 'a budget of more than all',
    text: set('retry: { budget: 120% }'),
    problems: [
      '15:22 VALUE `budget`: must be at most "100%" | Retries are at most this share of the calls, as 10% or 0.1; 10% by default.',
    ],
  },
  {
    title: 'a budget in words',
    text: set('retry: { budget: a tenth }'),
    problems: [
      '15:22 VALUE `budget`: "a tenth" is not a share: write "10%" or 0.1 | Retries are at most this share of the calls, as 10% or 0.1; 10% by default.',
    ],
  },
  {
    title: 'a negative budget',
    text: set('retry: { budget: -0.1 }'),
    problems: [
      '15:22 VALUE `budget`: must be at least 0, got -0.1 | Retries are at most this share of the calls, as 10% or 0.1; 10% by default.',
    ],
  },
  {
    title: 'giving up never',
    text: set('giveUpAfter: never'),
    problems: [
      '15:18 VALUE `giveUpAfter`: "never" is not a duration: write one number and one unit, as "10ms", "10s", "10m", "10h" or "10d" | How long a call is tried again that fails because of the place; then `onFailure` decides. Leave it out to try for ever, the default: an outage makes no dead letters.',
    ],
  },
  {
    title: 'giving up at once',
    text: set('giveUpAfter: 0'),
    problems: [
      '15:18 TYPE `giveUpAfter`: must be at least "1ms", not 0 | How long a call is tried again that fails because of the place; then `onFailure` decides. Leave it out to try for ever, the default: an outage makes no dead letters.',
    ],
  },
  {
    title: 'giving up without a unit',
    text: set('giveUpAfter: 60'),
    problems: [
      '15:18 TYPE `giveUpAfter`: write a unit: "60ms", "60s", "60m" or "60h" | How long a call is tried again that fails because of the place; then `onFailure` decides. Leave it out to try for ever, the default: an outage makes no dead letters.',
    ],
  },
  {
    title: 'parking for nobody',
    text: set('maxParked: 0'),
    problems: [
      '15:16 VALUE `maxParked`: must be at least 1, got 0 | With `order: key`, messages that wait behind retried ones of their keys; 1,000 by default.',
    ],
  },
  {
    title: 'expired messages that go back',
    text: set('whenExpired: origin'),
    problems: [
      '15:18 VALUE `whenExpired`: expected `drop` or `dead-letter`, got "origin" | What becomes of a message whose deadline has passed before a call was spent on it: counted and forgotten (the default), or kept as a dead letter.',
    ],
  },
  {
    title: 'a misspelt policy',
    text: set('onFailure: dead-leter'),
    problems: [
      '15:16 VALUE `onFailure`: expected `origin`, `dead-letter`, `drop` or `stop`, got "dead-leter" | did you mean `dead-letter`?',
    ],
  },
  {
    title: 'retry at a producer',
    text: edited('    http:', '    retry: 3\n    http:'),
    problems: [
      '4:5 KEY_MISPLACED `retry` is a setting of stages and consumers, not of producers | remove it, or move it to a node that has it',
    ],
  },
  {
    title: 'failures with nowhere to go',
    text: set('onFailure: dead-letter\n    whenExpired: dead-letter'),
    problems: [
      '15:16 DEAD_LETTERS_MISSING `onFailure` of the consumer `ledger`: the pipeline has no `deadLetters` | say at the top where dead letters go, as `deadLetters: true`, or choose another policy',
      '16:18 DEAD_LETTERS_MISSING `whenExpired` of the consumer `ledger`: the pipeline has no `deadLetters` | say at the top where dead letters go, as `deadLetters: true`, or choose another policy',
    ],
  },
  {
    title: 'failures with nowhere to go, although a variable could have said where',
    text: `${set('onFailure: dead-letter')}deadLetters: "\${DEAD:-false}"\n`,
    problems: [
      '15:16 DEAD_LETTERS_MISSING `onFailure` of the consumer `ledger`: the pipeline has no `deadLetters` | say at the top where dead letters go, as `deadLetters: true`, or choose another policy',
    ],
  },
  {
    title: 'failures with nowhere to go at a producer',
    text: edited('    http:', '    onFailure: dead-letter\n    http:'),
    problems: [
      '4:16 DEAD_LETTERS_MISSING `onFailure` of the producer `ingress`: the pipeline has no `deadLetters` | say at the top where dead letters go, as `deadLetters: true`, or choose another policy',
    ],
  },
  {
    title: 'restarts that are a number',
    text: `${GOOD}restarts: 3\n`,
    problems: ['17:11 TYPE `restarts`: expected a map, got 3 | its keys are `most` and `within`'],
  },
  {
    title: 'mistakes inside of restarts',
    text: `${GOOD}restarts: { most: -1, within: 5 }\n`,
    problems: [
      '17:19 VALUE `most`: must be at least 0, got -1 | Restarts of one node that are let pass.',
      '17:31 TYPE `within`: write a unit: "5ms", "5s", "5m" or "5h" | The time in which they are counted.',
    ],
  },
  {
    title: 'a misspelt end',
    text: `${GOOD}onPipelineFailure: halt\n`,
    problems: [
      '17:20 VALUE `onPipelineFailure`: expected `restart`, `stop` or `exit`, got "halt" | What happens when the pipeline fails as a whole: it starts again, it stays down while others run (the process ends when none does), or the process ends.',
    ],
  },
]

import { edited, GOOD } from '../loading.ts'
import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    title: 'a duration without a unit',
    text: `${GOOD}stopTimeout: 25\n`,
    problems: [
      '17:14 TYPE `stopTimeout`: write a unit: "25ms", "25s" or "25m" | How long a stop may take: the deadline of the drain.',
    ],
  },
  {
    title: 'a duration with an unknown unit',
    text: `${GOOD}stopTimeout: 25 sec\n`,
    problems: [
      '17:14 VALUE `stopTimeout`: unknown unit "sec": the units are ms, s, m, h, d | How long a stop may take: the deadline of the drain.',
    ],
  },
  {
    title: 'a size beyond all',
    text: `${GOOD}memory: 1e99GB\n`,
    problems: [
      '17:9 VALUE `memory`: "1e99GB" is not a size: write one number and one unit, as "10MiB" or "10GiB" | What this pipeline may use of the memory; an equal share by default.',
    ],
  },
  {
    title: 'an edge that blocks, with a queue',
    text: edited('from: ingress', 'from: { ingress: { queue: { messages: 5 } } }'),
    problems: [
      '7:31 VALUE `queue`: needs `whenFull: drop-newest` or `whenFull: drop-oldest`: an edge that blocks keeps nothing back | What may wait before this edge where `whenFull` drops; 1,000 messages by default.',
    ],
  },
  {
    title: 'a negative size',
    text: `${GOOD}memory: -1MiB\n`,
    problems: [
      '17:9 VALUE `memory`: "-1MiB": a size cannot be negative | What this pipeline may use of the memory; an equal share by default.',
    ],
  },
  {
    title: 'a text where a number is due',
    text: edited('concurrency: 8', 'concurrency: many'),
    problems: [
      '15:18 TYPE `concurrency`: expected a number, got "many" | Calls in flight of an asynchronous handler; 1 by default.',
    ],
  },
  {
    title: 'a number in quotes',
    text: edited('concurrency: 8', 'concurrency: "8"'),
    problems: ['15:18 TYPE `concurrency`: expected a number, got "8" | write it without quotes'],
  },
  {
    title: 'a fraction where a whole number is due',
    text: edited('concurrency: 8', 'concurrency: 1.5'),
    problems: [
      '15:18 TYPE `concurrency`: expected a whole number, got 1.5 | Calls in flight of an asynchronous handler; 1 by default.',
    ],
  },
  {
    title: 'a number that is too small',
    text: edited('concurrency: 8', 'concurrency: 0'),
    problems: [
      '15:18 VALUE `concurrency`: must be at least 1, got 0 | Calls in flight of an asynchronous handler; 1 by default.',
    ],
  },
  {
    title: 'a number that is too large',
    text: edited('concurrency: 8', 'concurrency: 10001'),
    problems: [
      '15:18 VALUE `concurrency`: must be at most 10000, got 10001 | Calls in flight of an asynchronous handler; 1 by default.',
    ],
  },
  {
    title: 'a setting without a value',
    text: edited('concurrency: 8', 'concurrency:'),
    problems: [
      '15:5 TYPE `concurrency`: expected a number, got nothing | Calls in flight of an asynchronous handler; 1 by default.',
    ],
  },
  {
    title: 'a map where a number is due',
    text: edited('concurrency: 8', 'concurrency:\n      max: 8'),
    problems: [
      '15:5 TYPE `concurrency`: expected a number, got a map | Calls in flight of an asynchronous handler; 1 by default.',
    ],
  },
  {
    title: 'a misspelt value',
    text: edited('concurrency: 8', 'order: inptu'),
    problems: ['15:12 VALUE `order`: expected `input`, `key` or `none`, got "inptu" | did you mean `input`?'],
  },
  {
    title: 'a number where a word is due',
    text: edited('concurrency: 8', 'order: 3'),
    problems: [
      '15:12 VALUE `order`: expected `input`, `key` or `none`, got 3 | What is kept in order where calls overlap. `input` for stages; a consumer keeps the order of keys if there are any.',
    ],
  },
  {
    title: 'a text as the demand',
    text: edited('concurrency: 8', 'demand: lots'),
    problems: [
      '15:13 TYPE `demand`: expected a number or a map, got "lots" | The demand window: a count of messages, or `{ max, min, bytes }`; by default 1,000, with `concurrency` two calls each (128 at least).',
    ],
  },
  {
    title: 'mistakes inside the demand',
    text: edited('concurrency: 8', 'demand: { max: lots, mni: 3 }'),
    problems: [
      '15:20 TYPE `max`: expected a number, got "lots" | Most messages that are asked for and not yet handled.',
      '15:26 KEY_UNKNOWN `mni` is not a setting of `demand` | did you mean `min`?',
    ],
  },
  {
    title: 'a lower bound that is not below the upper',
    text: edited('concurrency: 8', 'demand: { max: 10, min: 10 }'),
    problems: [
      '15:29 VALUE `min`: must be below `max`, which is 10; got 10 | More is asked for when no more than these are left; half of `max` by default.',
    ],
  },
  {
    title: 'a demand of nothing',
    text: edited('concurrency: 8', 'demand: 0'),
    problems: [
      '15:13 VALUE `demand`: must be at least 1, got 0 | The demand window: a count of messages, or `{ max, min, bytes }`; by default 1,000, with `concurrency` two calls each (128 at least).',
    ],
  },
  {
    title: 'a misspelt dispatcher',
    text: edited('    filter:', '    dispatch: brodcast\n    filter:'),
    problems: ['8:15 VALUE `dispatch`: expected `broadcast` or `demand`, got "brodcast" | did you mean `broadcast`?'],
  },
  {
    title: 'mistakes inside a partition',
    text: edited('    filter:', '    dispatch: { partition: { by: data., count: 0 } }\n    filter:'),
    problems: [
      '8:39 EXPRESSION `by`: the expression ends too early | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
      '8:48 VALUE `count`: must be at least 1, got 0 | How many partitions; they go to the subscribers in turn.',
    ],
  },
  {
    title: 'a partition without its settings',
    text: edited('    filter:', '    dispatch: { partition: {} }\n    filter:'),
    problems: [
      '8:17 KEY_MISSING `partition` needs `by` | add `by`. Messages with one value go to one partition.',
      '8:17 KEY_MISSING `partition` needs `count` | add `count`. How many partitions; they go to the subscribers in turn.',
    ],
  },
  {
    title: 'a timeout without a unit',
    text: edited('concurrency: 8', 'timeout: 10'),
    problems: [
      '15:14 TYPE `timeout`: write a unit: "10ms", "10s", "10m" or "10h" | How long an asynchronous call may take; 30s by default.',
    ],
  },
  {
    title: 'a timeout with a capital in its unit',
    text: edited('concurrency: 8', 'timeout: 10 Sec'),
    problems: [
      '15:14 VALUE `timeout`: unknown unit "Sec": the units are ms, s, m, h, d | How long an asynchronous call may take; 30s by default.',
    ],
  },
  {
    title: 'a timeout of two days',
    text: edited('concurrency: 8', 'timeout: 2d'),
    problems: ['15:14 VALUE `timeout`: must be at most "1d" | How long an asynchronous call may take; 30s by default.'],
  },
  {
    title: 'an expression that ends too early',
    text: edited('concurrency: 8', 'key: data.merchant +'),
    problems: [
      '15:25 EXPRESSION `key`: the expression ends too early | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a number as an expression',
    text: edited('concurrency: 8', 'key: 5'),
    problems: [
      '15:10 VALUE `key`: expected an expression: put it in quotes, as "5" | Sets the key of messages: those with one key keep their order.',
    ],
  },
  {
    title: 'an assignment',
    text: edited('concurrency: 8', "key: 'data.a = 1'"),
    problems: [
      '15:18 EXPRESSION `key`: an expression cannot assign: write === to compare | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a mistake behind escaped quotes',
    text: edited('concurrency: 8', 'key: "data[\\"a\\"] + $"'),
    problems: [
      '15:25 EXPRESSION `key`: unknown name "$": the names are data, key, headers, time, priority, attempt, id; a field is "data.$", a text is "\'$\'" | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a mistake in an expression of several lines',
    text: edited('concurrency: 8', 'key: |\n      data.a +\n'),
    problems: [
      '15:5 EXPRESSION `key`: the expression ends too early (line 2, column 1 of the expression) | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'mistakes in the settings of a producer',
    text: edited('    http:', '    maxUnacked: { parts: 0, bytes: 1B }\n    http:'),
    problems: [
      '4:26 VALUE `parts`: must be at least 1, got 0 | Messages, those inside batches included.',
      '4:36 VALUE `bytes`: must be at least "64KiB" | Bytes; a third of the memory by default.',
    ],
  },
]

import { edited, filter } from '../loading.ts'
import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    title: 'a required option that is missing',
    text: edited('{ port: 8080, path: /payments }', '{ path: /payments }'),
    problems: ['4:5 KEY_MISSING `http` needs `port` | add `port`. Where it listens.'],
  },
  {
    title: 'a component without its options',
    text: edited('http: { port: 8080, path: /payments }', 'http:'),
    problems: ['4:5 KEY_MISSING `http` needs `port` | add `port`. Where it listens.'],
  },
  {
    title: 'a misspelt option',
    text: edited('size: 100', 'sise: 100'),
    problems: ['11:14 KEY_UNKNOWN `sise` is not an option of `batch` | did you mean `size`?'],
  },
  {
    title: 'a bare value where a component has no short form',
    text: edited('batch: { size: 100, timeout: 200ms }', 'batch: 100'),
    problems: ['11:12 TYPE `batch`: expected a map, got 100 | its keys are `size`, `timeout` and `by`'],
  },
  {
    title: 'options that do not go together',
    text: edited('file: ledger.ndjson', 'file: /dev/null'),
    problems: ['16:11 VALUE `file`: `fsync` means nothing for /dev/null'],
  },
  {
    title: 'mistakes inside an option',
    text: edited('file: ledger.ndjson', 'file: { path: a, rotate: { size: 0, kep: 1 } }'),
    problems: [
      '16:38 VALUE `size`: must be at least 1, got 0',
      '16:41 KEY_UNKNOWN `kep` is not an option of `rotate` | did you mean `keep`?',
    ],
  },
  {
    title: 'mistakes inside a list',
    text: edited('file: ledger.ndjson', 'file: { path: a, columns: [a, B, 3] }'),
    problems: [
      '16:35 VALUE `columns[1]`: must match /^[a-z]+$/, got "B"',
      '16:38 TYPE `columns[2]`: expected a string, got 3 | put it in quotes: "3"',
    ],
  },
  {
    title: 'an option that the component does not have',
    text: edited('file: ledger.ndjson', 'discard: { a: 1 }'),
    problems: [
      '16:16 KEY_UNKNOWN `a` is not an option of `discard` | there are `headers`, `step`, `range`, `when`, `email`, `prefix` and `sum`',
    ],
  },
  {
    title: 'a name that the component refuses',
    text: edited('file: ledger.ndjson', 'discard: { headers: { Content-Type: a } }'),
    problems: ['16:27 VALUE `Content-Type`: must be in small letters'],
  },
  {
    title: 'a number that is no multiple',
    text: edited('file: ledger.ndjson', 'discard: { step: 7 }'),
    problems: ['16:22 VALUE `step`: must be a multiple of 5, got 7'],
  },
  {
    title: 'a number that is not above a limit',
    text: edited('file: ledger.ndjson', 'discard: { step: 0 }'),
    problems: ['16:22 VALUE `step`: must be more than 0, got 0'],
  },
  {
    title: 'a pair of one',
    text: edited('file: ledger.ndjson', 'discard: { range: [1] }'),
    problems: ['16:23 VALUE `range`: must have at least 2 entries, got a list of 1'],
  },
  {
    title: 'a text in a pair',
    text: edited('file: ledger.ndjson', 'discard: { range: [1, x] }'),
    problems: ['16:27 TYPE `range[1]`: expected a number, got "x"'],
  },
  {
    title: 'a choice that is none',
    text: edited('file: ledger.ndjson', 'discard: { when: { on: sise } }'),
    problems: ['16:28 VALUE `on`: expected `size`, got "sise" | did you mean `size`?'],
  },
  {
    title: 'a mistake inside a choice',
    text: edited('file: ledger.ndjson', 'discard: { when: { on: size, bytes: x } }'),
    problems: ['16:41 TYPE `bytes`: expected a number, got "x"'],
  },
  {
    title: 'a text in the wrong format',
    text: edited('file: ledger.ndjson', 'discard: { email: nobody }'),
    problems: ['16:23 VALUE `email`: must be a valid email, got "nobody"'],
  },
  {
    title: 'a text that neither starts nor ends as it should',
    text: edited('file: ledger.ndjson', 'discard: { prefix: b }'),
    problems: ['16:24 VALUE `prefix`: must start with "/", got "b"'],
  },
  {
    title: 'a text that does not end as it should',
    text: edited('file: ledger.ndjson', 'discard: { prefix: /b }'),
    problems: ['16:24 VALUE `prefix`: must end with "/", got "/b"'],
  },
  {
    title: 'a text that lacks something',
    text: edited('file: ledger.ndjson', 'discard: { prefix: /b/ }'),
    problems: ['16:24 VALUE `prefix`: must contain "a", got "/b/"'],
  },
  {
    title: 'a list that is too long',
    text: edited('file: ledger.ndjson', 'discard: { sum: [1, 2, 3] }'),
    problems: ['16:21 VALUE `sum`: must have at most 2 entries, got a list of 3'],
  },
  {
    title: 'a value that the component refuses',
    text: edited('path: /payments', 'path: payments'),
    problems: ['4:31 VALUE `path`: must start with "/", got "payments"'],
  },
  {
    title: 'a number where a text is due',
    text: edited('path: /payments', 'path: 5'),
    problems: ['4:31 TYPE `path`: expected a string, got 5 | put it in quotes: "5"'],
  },
  {
    title: 'a "yes"',
    text: filter('filter: { when: data.a, reject: yes }'),
    problems: [
      '8:37 TYPE `reject`: expected true or false, got "yes" | write true or false: YAML takes nothing else for them',
    ],
  },
  {
    title: 'a boolean in quotes',
    text: filter('filter: { when: data.a, reject: "true" }'),
    problems: ['8:37 TYPE `reject`: expected true or false, got "true" | write true or false, without quotes'],
  },
  {
    title: 'a list as an expression',
    text: filter('filter: [data.a]'),
    problems: [
      '8:13 VALUE `filter`: expected an expression in quotes, such as "data.amountMinor > 0" | Which messages pass.',
    ],
  },
  {
    title: 'a boolean as an expression',
    text: filter('filter: true'),
    problems: ['8:13 VALUE `filter`: expected an expression: put it in quotes, as "true" | Which messages pass.'],
  },
  {
    title: 'a mistake in one of several expressions',
    text: filter('map: { id: key, cents: data.amount * }'),
    problems: [
      '8:41 EXPRESSION `cents`: the expression ends too early | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a number as one of several expressions',
    text: filter('map: { id: 5 }'),
    problems: ['8:16 VALUE `id`: expected an expression: put it in quotes, as "5"'],
  },
  {
    title: 'a map inside a map of expressions',
    text: filter('map: { id: { a: data.b } }'),
    problems: ['8:16 VALUE `id`: expected an expression in quotes, such as "data.amountMinor > 0"'],
  },
  {
    title: 'a map of no expressions',
    text: filter('map: {}'),
    problems: ['8:5 KEY_MISSING `map` needs `to` | add `to`. What each message becomes.'],
  },
]

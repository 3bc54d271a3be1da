import { edited, GOOD } from '../loading.ts'
import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    title: 'a stage that reads from nobody',
    text: edited('    from: ingress\n', ''),
    problems: [
      '6:3 KEY_MISSING the stage `valid` needs `from` | add `from`. Whom this node reads from: `a`, `[a, b]`, or `{ a: { demand, queue, whenFull, overflow } }`.',
    ],
  },
  {
    title: 'a misspelt `from`',
    text: edited('from: ingress', 'from: ingres'),
    problems: ['7:11 FROM_UNKNOWN there is no node `ingres` | did you mean `ingress`?'],
  },
  {
    title: 'an unknown node in a list',
    text: edited('from: ingress', 'from: [ingress, xyz]'),
    problems: ['7:21 FROM_UNKNOWN there is no node `xyz` | there are `ingress` and `batches`'],
  },
  {
    title: 'a misspelt node in a map',
    text: edited('from: ingress', 'from: { ingres: { demand: 10 } }'),
    problems: ['7:13 FROM_UNKNOWN there is no node `ingres` | did you mean `ingress`?'],
  },
  {
    title: 'a misspelt setting of an edge',
    text: edited('from: ingress', 'from: { ingress: { demnd: 10 } }'),
    problems: ['7:24 KEY_UNKNOWN `demnd` is not a setting of `ingress` | did you mean `demand`?'],
  },
  {
    title: 'a setting of an edge of a later version',
    text: edited('from: ingress', 'from: { ingress: { whenFull: detach, cache: {} } }'),
    problems: [
      '7:34 VALUE `whenFull`: expected `block`, `drop-newest`, `drop-oldest` or `spill`, got "detach" | What happens to messages that this edge has not asked for. `block`, the default, slows the giver down; `spill` stores them, as `overflow: true` does.',
      '7:42 KEY_UNKNOWN `cache` is not a setting of `ingress` | there are `demand`, `queue`, `whenFull` and `overflow`',
    ],
  },
  {
    title: 'a `from` that is a number',
    text: edited('from: ingress', 'from: 5'),
    problems: [
      '7:11 TYPE `from`: expected a string, a list or a map, got 5 | Whom this node reads from: `a`, `[a, b]`, or `{ a: { demand, queue, whenFull, overflow } }`.',
    ],
  },
  {
    title: 'a `from` that is an empty list',
    text: edited('from: ingress', 'from: []'),
    problems: [
      '7:11 VALUE `from`: must name at least one node | Whom this node reads from: `a`, `[a, b]`, or `{ a: { demand, queue, whenFull, overflow } }`.',
    ],
  },
  {
    title: 'a `from` that is an empty map',
    text: edited('from: ingress', 'from: {}'),
    problems: [
      '7:11 VALUE `from`: must name at least one node | Whom this node reads from: `a`, `[a, b]`, or `{ a: { demand, queue, whenFull, overflow } }`.',
    ],
  },
  {
    title: 'a node named twice in a `from`',
    text: edited('from: ingress', 'from: [ingress, ingress]'),
    problems: ['7:21 FROM_TWICE `ingress` is named twice | name it once: a node reads from another over one edge'],
  },
  {
    title: 'a node that reads from a consumer',
    text: edited('from: batches', 'from: batches\n    discard:\n  second:\n    from: ledger'),
    problems: [
      '17:11 FROM_CONSUMER `ledger` is a consumer: nothing comes out of it | nothing comes out of a consumer: name the stage or producer that it reads from',
    ],
  },
  {
    title: 'a node that reads from itself',
    text: edited('from: ingress', 'from: [ingress, valid]'),
    problems: ['7:21 CYCLE `valid` reads from itself | messages flow one way: take one of these edges out'],
  },
  {
    title: 'a circle of two',
    text: edited('from: ingress', 'from: [ingress, batches]'),
    problems: [
      '10:11 CYCLE messages go in a circle: `valid` → `batches` → `valid` | messages flow one way: take one of these edges out',
    ],
  },
  {
    title: 'a circle of three, told once',
    text: edited('from: ingress', 'from: [ingress, third]').replace(
      'consumers:',
      '  third:\n    from: batches\n    map: data\nconsumers:',
    ),
    problems: [
      '10:11 CYCLE messages go in a circle: `valid` → `batches` → `third` → `valid` | messages flow one way: take one of these edges out',
    ],
  },
  {
    title: 'a stage that nobody reads from',
    text: edited('from: batches', 'from: valid'),
    problems: [
      '9:3 UNUSED nobody reads from the stage `batches` | let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
    ],
  },
  {
    title: 'a producer that nobody reads from',
    text: edited('stages:', '  clock:\n    ticks:\nstages:'),
    problems: [
      '5:3 UNUSED nobody reads from the producer `clock` | let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
    ],
  },
  {
    title: 'a pipeline without a producer',
    text: 'pipeline: a\nconsumers:\n  b:\n    from: c\n    discard:\nstages:\n  c:\n    from: c\n    map: data\n',
    problems: [
      '1:1 INCOMPLETE the pipeline has no producer | add a node to `producers:`',
      '8:11 CYCLE `c` reads from itself | messages flow one way: take one of these edges out',
    ],
  },
  {
    title: 'a pipeline without a consumer',
    text: 'pipeline: a\nproducers:\n  b:\n    ticks:\n',
    problems: [
      '1:1 INCOMPLETE the pipeline has no consumer | add a node to `consumers:`',
      '3:3 UNUSED nobody reads from the producer `b` | let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
    ],
  },
  {
    title: 'a pipeline without anything',
    text: 'pipeline: a\n',
    problems: [
      '1:1 INCOMPLETE the pipeline has no producer | add a node to `producers:`',
      '1:1 INCOMPLETE the pipeline has no consumer | add a node to `consumers:`',
    ],
  },
  {
    title: 'a section without nodes',
    text: 'pipeline: a\nproducers:\n  b:\n    ticks:\nconsumers:\n',
    problems: [
      '3:3 UNUSED nobody reads from the producer `b` | let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
      '5:1 INCOMPLETE the pipeline has no consumer | add a node to `consumers:`',
    ],
  },
  {
    title: 'one name in two sections',
    text: edited('  batches:', '  ingress:').replace('from: batches', 'from: valid'),
    problems: [
      '9:3 NAME_TWICE `ingress` is also the name of a producer | rename one of them; a name is used once in a pipeline, whatever the section',
    ],
  },
  {
    title: 'one port for two nodes',
    text: edited('stages:', '  second:\n    http:\n      port: 8080\nstages:').replace(
      'from: ingress',
      'from: [ingress, second]',
    ),
    problems: [
      '6:5 EXCLUSIVE `ingress` and `second` both want `port 8080` | give one of them another port or file, or read from one node twice',
    ],
  },
  {
    title: 'one file for two nodes',
    text: `${GOOD}  copy:\n    from: batches\n    file: ledger.ndjson\n`,
    problems: [
      '19:5 EXCLUSIVE `ledger` and `copy` both want `file ledger.ndjson` | give one of them another port or file, or read from one node twice',
    ],
  },
]

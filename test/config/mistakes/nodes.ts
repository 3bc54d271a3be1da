import { edited, filter, GOOD } from '../loading.ts'
import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    title: 'a misspelt setting of the pipeline',
    text: `${GOOD}stopTimeuot: 3s\n`,
    problems: [
      '17:1 KEY_UNKNOWN `stopTimeuot` is not a section or a setting of a pipeline | did you mean `stopTimeout`?',
    ],
  },
  {
    title: 'an unknown setting of the pipeline',
    text: `${GOOD}xyz: 3s\n`,
    problems: [
      '17:1 KEY_UNKNOWN `xyz` is not a section or a setting of a pipeline | there are `pipeline`, `plugins`, `startTimeout`, `stopTimeout`, `memory`, `deadLetters`, `group`, `restarts`, `onPipelineFailure`, `producers`, `stages` and `consumers`',
    ],
  },
  {
    title: 'a section of a later version',
    text: `${GOOD}extends: [./a.js]\n`,
    problems: [
      '17:1 KEY_UNKNOWN `extends` is not a section or a setting of a pipeline | there are `pipeline`, `plugins`, `startTimeout`, `stopTimeout`, `memory`, `deadLetters`, `group`, `restarts`, `onPipelineFailure`, `producers`, `stages` and `consumers`',
    ],
  },
  {
    title: 'a pipeline without a name',
    text: edited('pipeline: payments\n', ''),
    problems: ['1:1 KEY_MISSING the file needs `pipeline` | add `pipeline`. The name of the pipeline.'],
  },
  {
    title: 'a pipeline with spaces in its name',
    text: edited('pipeline: payments', 'pipeline: My Payments'),
    problems: [
      '1:11 VALUE `pipeline`: must start with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most | The name of the pipeline.',
    ],
  },
  {
    title: 'a number as the name of the pipeline',
    text: edited('pipeline: payments', 'pipeline: 12'),
    problems: ['1:11 TYPE `pipeline`: expected a string, got 12 | put it in quotes: "12"'],
  },
  {
    title: 'a pipeline whose name is left empty',
    text: edited('pipeline: payments', 'pipeline:'),
    problems: ['1:1 TYPE `pipeline`: expected a string, got nothing | The name of the pipeline.'],
  },
  {
    title: 'a section that is a list',
    text: edited('stages:\n', 'stages:\n  - valid\nstages2:\n'),
    problems: [
      '5:1 TYPE `stages`: expected a map of names and nodes, got a list | write `<name>:` for each node, and below it, deeper, what it is',
      '7:1 KEY_UNKNOWN `stages2` is not a section or a setting of a pipeline | did you mean `stages`?',
    ],
  },
  {
    title: 'a misspelt section',
    text: edited('producers:', 'producer:'),
    problems: ['2:1 KEY_UNKNOWN `producer` is not a section or a setting of a pipeline | did you mean `producers`?'],
  },
  {
    title: 'a section that is one word',
    text: edited('consumers:', 'consumers: none\nx:'),
    problems: [
      '12:12 TYPE `consumers`: expected a map of names and nodes, got a single value | write `<name>:` for each node, and below it, deeper, what it is',
      '13:1 KEY_UNKNOWN `x` is not a section or a setting of a pipeline | there are `pipeline`, `plugins`, `startTimeout`, `stopTimeout`, `memory`, `deadLetters`, `group`, `restarts`, `onPipelineFailure`, `producers`, `stages` and `consumers`',
    ],
  },
  {
    title: 'a node with capitals in its name',
    text: edited('  valid:', '  validPayments:').replace('from: valid', 'from: validPayments'),
    problems: [
      "6:3 NAME `validPayments` can't be the name of a node | did you mean `valid-payments`? a name starts with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most",
    ],
  },
  {
    title: 'a node with marks in its name',
    text: edited('  valid:', '  "a:b/c":').replace('from: valid', 'from: "a:b/c"'),
    problems: [
      "6:3 NAME `a:b/c` can't be the name of a node | did you mean `a-b-c`? a name starts with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most",
    ],
  },
  {
    title: 'a node whose name is no text',
    text: edited('  valid:', '  12:').replace('from: valid', 'from: 12'),
    problems: [
      "6:3 NAME `12` can't be the name of a node | a name starts with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most",
      '10:11 TYPE `from`: expected a string, a list or a map, got 12 | Whom this node reads from: `a`, `[a, b]`, or `{ a: { demand, queue, whenFull, overflow } }`.',
    ],
  },
  {
    title: 'a node that is one word',
    text: edited('  valid:\n    from: ingress\n    filter: data.amount > 0\n', '  valid: filter\n'),
    problems: [
      '6:10 TYPE `valid`: expected a map with one component, got a single value | write the component below the name, deeper; there are `batch`, `filter` and `map`',
    ],
  },
  {
    title: 'a node that is a list',
    text: edited('  valid:\n    from: ingress\n    filter: data.amount > 0\n', '  valid: [filter]\n'),
    problems: [
      '6:10 TYPE `valid`: expected a map with one component, got a list | write the component below the name, deeper; there are `batch`, `filter` and `map`',
    ],
  },
  {
    title: 'a node with nothing in it',
    text: edited('  valid:\n    from: ingress\n    filter: data.amount > 0\n', '  valid:\n'),
    problems: [
      '6:3 COMPONENT_MISSING the stage `valid` names no component | name one; there are `batch`, `filter` and `map`',
    ],
  },
  {
    title: 'a misspelt setting',
    text: edited('concurrency: 8', 'concurency: 8'),
    problems: [
      '15:5 KEY_UNKNOWN `concurency` is not a setting or a component of a consumer | did you mean `concurrency`?',
    ],
  },
  {
    title: 'a misspelt component',
    text: filter('filtr: data.a'),
    problems: ['8:5 KEY_UNKNOWN `filtr` is not a setting or a component of a stage | did you mean `filter`?'],
  },
  {
    title: 'an unknown component',
    text: filter('redact: data.a'),
    problems: [
      '8:5 KEY_UNKNOWN `redact` is not a setting or a component of a stage | components are `batch`, `filter` and `map`',
    ],
  },
  {
    title: 'a key that every object has',
    text: filter('constructor: data.a'),
    problems: [
      '8:5 KEY_UNKNOWN `constructor` is not a setting or a component of a stage | components are `batch`, `filter` and `map`',
    ],
  },
  {
    title: 'settings of a later version',
    text: edited('concurrency: 8', 'cache: {}\n    health: 1'),
    problems: [
      '15:5 KEY_UNKNOWN `cache` is not a setting or a component of a consumer | components are `discard` and `file`; an option of `file` stands below `file:`, deeper',
      '16:5 KEY_UNKNOWN `health` is not a setting or a component of a consumer | components are `discard` and `file`; an option of `file` stands below `file:`, deeper',
    ],
  },
  {
    title: 'a setting of a producer at a producer of a later version',
    text: edited('    http:', '    resumes: true\n    http:'),
    problems: [
      '4:5 KEY_UNKNOWN `resumes` is not a setting or a component of a producer | components are `http` and `ticks`; an option of `http` stands below `http:`, deeper',
    ],
  },
  {
    title: 'a setting of producers at a stage',
    text: edited('    filter:', '    maxUnacked: 3\n    filter:'),
    problems: [
      '8:5 KEY_MISPLACED `maxUnacked` is a setting of producers, not of stages | remove it, or move it to a node that has it',
    ],
  },
  {
    title: 'a `from` at a producer',
    text: edited('    http:', '    from: valid\n    http:'),
    problems: [
      '4:5 KEY_MISPLACED `from` is a setting of stages and consumers, not of producers | remove it, or move it to a node that has it',
    ],
  },
  {
    title: 'a setting of holding stages at another',
    text: edited('    filter:', '    maxHeld: 3\n    filter:'),
    problems: [
      "8:5 KEY_MISPLACED `maxHeld` is for components that hold messages between calls, and `filter` doesn't | remove it",
    ],
  },
  {
    title: 'a dispatcher at a consumer',
    text: edited('concurrency: 8', 'dispatch: demand'),
    problems: [
      '15:5 KEY_MISPLACED `dispatch` is a setting of producers and stages, not of consumers | remove it, or move it to a node that has it',
    ],
  },
  {
    title: 'a producer among the stages',
    text: filter('http: { port: 1 }'),
    problems: [
      '8:5 COMPONENT_KIND `http` is a producer, not a stage | move the node to `producers:`, or name a stage; there are `batch`, `filter` and `map`',
    ],
  },
  {
    title: 'a stage among the consumers',
    text: edited('    file: ledger.ndjson', '    filter: data.a'),
    problems: [
      '16:5 COMPONENT_KIND `filter` is a stage, not a consumer | move the node to `stages:`, or name a consumer; there are `discard` and `file`',
    ],
  },
  {
    title: 'two components in one node',
    text: filter('filter: data.a\n    map: data.b'),
    problems: [
      '9:5 COMPONENT_MANY the node names `filter` and `map`: a node has exactly one component | make a node of each; one reads `from` the other',
    ],
  },
  {
    title: 'a node without a component',
    text: filter('concurrency: 3'),
    problems: [
      '6:3 COMPONENT_MISSING the stage `valid` names no component | name one; there are `batch`, `filter` and `map`',
    ],
  },
]

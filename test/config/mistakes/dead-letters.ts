import { edited, GOOD } from '../loading.ts'
import type { Mistake } from './mistake.ts'

const set = (setting: string): string => edited('concurrency: 8', setting)

export const mistakes: readonly Mistake[] = [
  {
    title: 'dead letters without a value',
    text: `${GOOD}deadLetters:\n`,
    problems: [
      '17:1 TYPE `deadLetters`: expected true or false or a map, got nothing | Where messages go that failed for good: `true` for the store that comes with Sluice, or a consumer, as `{ file: { path: dead.ndjson } }`, with `keep` and settings beside it.',
    ],
  },
  {
    title: 'dead letters that are the name of what `true` means',
    text: `${GOOD}deadLetters: letters\n`,
    problems: [
      '17:14 TYPE `deadLetters`: "letters" is a text: write `true` | Where messages go that failed for good: `true` for the store that comes with Sluice, or a consumer, as `{ file: { path: dead.ndjson } }`, with `keep` and settings beside it.',
    ],
  },
  {
    title: 'dead letters that are a path',
    text: `${GOOD}deadLetters: dead.ndjson\n`,
    problems: [
      '17:14 TYPE `deadLetters`: "dead.ndjson" is a text: for a file write `{ file: { path: dead.ndjson } }` | Where messages go that failed for good: `true` for the store that comes with Sluice, or a consumer, as `{ file: { path: dead.ndjson } }`, with `keep` and settings beside it.',
    ],
  },
  {
    title: 'dead letters whose path is in a variable',
    text: `${GOOD}deadLetters: \${DEAD}\n`,
    environment: { DEAD: 'secret/dead.ndjson' },
    problems: [
      '17:14 VARIABLE_VALUE `deadLetters`: expected true or false or a map, but `${DEAD}` gives something else | set the variable to what is expected',
    ],
  },
  {
    title: 'dead letters that are a word',
    text: `${GOOD}deadLetters: file\n`,
    problems: [
      '17:14 TYPE `deadLetters`: expected true or false or a map, got "file" | Where messages go that failed for good: `true` for the store that comes with Sluice, or a consumer, as `{ file: { path: dead.ndjson } }`, with `keep` and settings beside it.',
    ],
  },
  {
    title: 'dead letters that go to no component',
    text: `${GOOD}deadLetters: { keep: original }\n`,
    problems: [
      '17:1 COMPONENT_MISSING `deadLetters` names no component | name one, as `letters:` for the store that comes with Sluice; there are `discard` and `file`',
    ],
  },
  {
    title: 'dead letters that go to two components',
    text: `${GOOD}deadLetters: { file: dead, discard: }\n`.replace(' }\n', ' }\n'),
    problems: [
      '17:28 COMPONENT_MANY `deadLetters` names `file` and `discard`: a node has exactly one component | name one of them',
    ],
  },
  {
    title: 'dead letters that go to a stage',
    text: `${GOOD}deadLetters: { filter: data.ok }\n`,
    problems: [
      '17:16 COMPONENT_KIND `filter` is a stage, not a consumer | name a consumer; there are `discard` and `file`',
    ],
  },
  {
    title: 'mistakes in the options of where dead letters go',
    text: `${GOOD}deadLetters:\n  keep: all\n  file: { path: dead.ndjson, fsyc: each }\n  concurency: 2\n`,
    problems: [
      '18:9 VALUE `keep`: expected `entered` or `original`, got "all" | What is kept of a message: it as it entered the node that failed it, or what came in at its producer as well.',
      '19:30 KEY_UNKNOWN `fsyc` is not an option of `file` | did you mean `fsync`?',
      '20:3 KEY_UNKNOWN `concurency` is not a setting or a component of `deadLetters` | did you mean `concurrency`?',
    ],
  },
  {
    title: 'settings that dead letters do not have',
    text: `${GOOD}deadLetters:\n  from: ledger\n  onFailure: drop\n  file: dead.ndjson\n`,
    problems: [
      '18:3 KEY_MISPLACED `from` is a setting of stages and consumers, not of `deadLetters` | remove it: what has failed for good comes here by itself, from all nodes',
      '19:3 KEY_MISPLACED `onFailure` is a setting of producers, stages and consumers, not of `deadLetters` | remove it, or move it to a node that has it',
    ],
  },
  {
    title: 'a misspelt `keep`',
    text: `${GOOD}deadLetters: { kep: original, file: dead.ndjson }\n`,
    problems: ['17:16 KEY_UNKNOWN `kep` is not a setting or a component of `deadLetters` | did you mean `keep`?'],
  },
  {
    title: 'dead letters in the file of another node',
    text: `${GOOD}deadLetters: { file: ledger.ndjson }\n`,
    problems: [
      '17:16 EXCLUSIVE `ledger` and `dead-letters` both want `file ledger.ndjson` | give one of them another port or file, or read from one node twice',
    ],
  },
  {
    title: 'a node with the name of where dead letters go',
    text: `${edited('  ledger:', '  dead-letters:')}deadLetters: { file: dead.ndjson }\n`,
    problems: [
      '13:3 NAME_TWICE `dead-letters` is also the name of the node that `deadLetters` makes | rename it: where a pipeline has dead letters, the name is theirs',
    ],
  },
  {
    title: 'a node that reads dead letters',
    text: `${GOOD}  more: { from: dead-letters, discard: }\ndeadLetters: { file: dead.ndjson }\n`,
    problems: [
      '17:17 FROM_CONSUMER `dead-letters`: nothing comes out of dead letters | what takes them stands in `deadLetters` itself, as `deadLetters: { file: { path: dead.ndjson } }`; `sluice dead-letters retry` puts them back',
    ],
  },
  {
    title: 'a node that reads from `deadLetters`',
    text: `${GOOD}  more: { from: [deadLetters], discard: }\ndeadLetters: { file: dead.ndjson }\n`,
    problems: [
      '17:18 FROM_CONSUMER `deadLetters`: nothing comes out of dead letters | what takes them stands in `deadLetters` itself, as `deadLetters: { file: { path: dead.ndjson } }`; `sluice dead-letters retry` puts them back',
    ],
  },
  {
    title: 'dead letters that are to read from somewhere',
    text: `${GOOD}deadLetters: { from: ingress }\n`,
    problems: [
      '17:1 COMPONENT_MISSING `deadLetters` names no component | name one, as `letters:` for the store that comes with Sluice; there are `discard` and `file`',
      '17:16 KEY_MISPLACED `from` is a setting of stages and consumers, not of `deadLetters` | remove it: what has failed for good comes here by itself, from all nodes',
    ],
  },
  {
    title: 'dead letters at a node',
    text: set('deadLetters: true'),
    problems: ['15:5 KEY_MISPLACED `deadLetters` is a setting of the pipeline, not of a consumer | move it to the top'],
  },
]

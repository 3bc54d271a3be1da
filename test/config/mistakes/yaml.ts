import { edited, filter, GOOD } from '../loading.ts'
import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    title: 'a tab in the indentation',
    text: edited('    from: ingress', '\tfrom: ingress'),
    problems: ['7:1 YAML_INDENTATION a tab stands where YAML wants spaces | indent with spaces only'],
  },
  {
    title: 'a line that starts too far left',
    text: edited('    filter: data', '   filter: data'),
    problems: [
      '8:4 YAML_INDENTATION this line starts at another column than the lines it belongs to | keys of one map start at the same column; so do the `-` of one list',
    ],
  },
  {
    title: 'a line that starts too far right',
    text: edited('    filter: data', '      filter: data'),
    problems: [
      '8:7 YAML_INDENTATION this line is deeper than the one above, which has a value of its own | start it at the column of the key above',
    ],
  },
  {
    title: 'a key twice in one map',
    text: edited('    filter: data', '    from: ingress\n    filter: data'),
    problems: ['8:5 YAML_DUPLICATE `from` stands twice in this map | keep one of them'],
  },
  {
    title: 'a section twice',
    text: GOOD + 'stages: {}\n',
    problems: ['17:1 YAML_DUPLICATE `stages` stands twice in this map | keep one of them'],
  },
  {
    title: 'a brace that is never closed',
    text: edited('{ size: 100, timeout: 200ms }', '{ size: 100, timeout: 200ms'),
    problems: ['11:12 YAML_SYNTAX this bracket is never closed | add a }'],
  },
  {
    title: 'a quote that is never closed',
    text: edited('file: ledger.ndjson', 'file: "ledger.ndjson'),
    problems: ['16:11 YAML_SYNTAX this quote is never closed | add a "'],
  },
  {
    title: 'a backslash in double quotes',
    text: edited('file: ledger.ndjson', 'file: "C:\\ledger"'),
    problems: ['16:14 YAML_SYNTAX `\\l` means nothing in double quotes | double each backslash, or use single quotes'],
  },
  {
    title: 'a key without a colon',
    text: edited('    filter: data.amount > 0', '    filter: data.amount > 0\n    concurrency'),
    problems: [
      '9:5 YAML_SYNTAX `concurrency` is no key: no colon follows | a key is followed by a colon and a space; an entry of a list starts with `- `',
    ],
  },
  {
    title: 'a list on the line of its key',
    text: edited('from: ingress', 'from: - ingress'),
    problems: ["7:11 YAML_SYNTAX a list can't start on the line of its key | start it on the next line, or write [ ]"],
  },
  {
    title: 'a directive',
    text: `%FOO\n---\n${GOOD}`,
    problems: ['1:1 YAML_SYNTAX a line that starts with `%` is an instruction to YAML | remove it'],
  },
  {
    title: 'two tags',
    text: filter('filter: !a !b c'),
    problems: ['8:16 YAML_SYNTAX a value has two tags | put text that starts with `!` in quotes'],
  },
  {
    title: 'two anchors',
    text: filter('filter: &a &b c'),
    problems: [
      '8:16 YAML_ALIAS a value has two anchors | write the value out; an expression that starts with `*` or `&` goes in quotes',
    ],
  },
  {
    title: 'a map as a key',
    text: edited('  valid:', '  ? { a: b }\n  : c\n  valid:'),
    problems: ['6:5 YAML_SYNTAX a key is a map or a list | write a name before the colon'],
  },
  {
    title: 'an alias',
    text: filter('filter: *amount'),
    problems: [
      '8:13 YAML_ALIAS `*amount` is an alias | write the value out; an expression that starts with `*` or `&` goes in quotes',
    ],
  },
  {
    title: 'an anchor',
    text: filter('filter: &amount data.amount'),
    problems: [
      '8:13 YAML_ALIAS `&amount` is an anchor | write the value out; an expression that starts with `*` or `&` goes in quotes',
    ],
  },
  {
    title: 'a second document',
    text: `${GOOD}---\npipeline: other\n`,
    problems: [
      '17:1 YAML_DOCUMENTS a second document starts here | one file is one pipeline: move what follows into a file of its own',
    ],
  },
  {
    title: 'a list 65 levels deep',
    text: `pipeline: ${'['.repeat(65)}${']'.repeat(65)}\n`,
    problems: ['1:75 TOO_COMPLEX the file is deeper than 64 levels | split it into several pipelines, one file each'],
  },
  {
    title: 'a file of more words than anybody writes',
    text: `pipeline: [${'a, '.repeat(100_000)}]\n`,
    problems: [
      '1:150007 TOO_COMPLEX the file is longer than 200000 words and marks | split it into several pipelines, one file each',
    ],
  },
  {
    title: 'a key that leads to a prototype',
    text: filter('filter: { when: data.a, __proto__: 1 }'),
    problems: ["8:29 KEY_UNKNOWN `__proto__` can't be a key | rename it"],
  },
  {
    title: 'a section that leads to a prototype',
    text: `${GOOD}__proto__: 3\n`,
    problems: ["17:1 KEY_UNKNOWN `__proto__` can't be a key | rename it"],
  },
  {
    title: 'an empty file',
    text: '',
    problems: [
      '1:1 FILE_EMPTY the file holds no pipeline | start with `pipeline: <name>`, then `producers:`, `stages:` and `consumers:`',
    ],
  },
  {
    title: 'a file of comments',
    text: '# nothing\n',
    problems: [
      '1:1 FILE_EMPTY the file holds no pipeline | start with `pipeline: <name>`, then `producers:`, `stages:` and `consumers:`',
    ],
  },
  {
    title: 'a document without content',
    text: '---\n',
    problems: [
      '1:1 FILE_EMPTY the file holds no pipeline | start with `pipeline: <name>`, then `producers:`, `stages:` and `consumers:`',
    ],
  },
  {
    title: 'a file that is a list',
    text: '- a\n',
    problems: [
      '1:1 TYPE the file is a list, not a map | start with `pipeline: <name>`, then `producers:`, `stages:` and `consumers:`',
    ],
  },
  {
    title: 'a file that is one word',
    text: 'hello\n',
    problems: [
      '1:1 TYPE the file is a single value, not a map | start with `pipeline: <name>`, then `producers:`, `stages:` and `consumers:`',
    ],
  },
  {
    title: 'a number that starts with 0',
    text: edited('concurrency: 8', 'concurrency: 0777'),
    problems: [
      '15:18 NUMBER `0777` starts with 0: octal to some, decimal to others | write 777 for the number, or "0777" for the text',
    ],
  },
  {
    title: 'a number that would be rounded',
    text: edited('concurrency: 8', 'concurrency: 9007199254740993'),
    problems: [
      '15:18 NUMBER `9007199254740993` is too large to be held exactly: at most 9007199254740991 | write a plain decimal number, or put it in quotes if it is text',
    ],
  },
  {
    title: 'an infinite number',
    text: edited('concurrency: 8', 'concurrency: .inf'),
    problems: [
      '15:18 NUMBER `.inf` is not a finite number | write a plain decimal number, or put it in quotes if it is text',
    ],
  },
  {
    title: 'something that is not a number',
    text: edited('concurrency: 8', 'concurrency: .nan'),
    problems: [
      '15:18 NUMBER `.nan` is not a finite number | write a plain decimal number, or put it in quotes if it is text',
    ],
  },
  {
    title: 'a number too large for any',
    text: edited('concurrency: 8', 'concurrency: 1e999'),
    problems: [
      '15:18 NUMBER `1e999` is not a finite number | write a plain decimal number, or put it in quotes if it is text',
    ],
  },
]

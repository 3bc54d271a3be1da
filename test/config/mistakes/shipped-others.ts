import type { ShippedMistake } from './mistake.ts'

export const mistakes: readonly ShippedMistake[] = [
  [
    'redact',
    'a plugin that is not there',
    './plugins/redact.ts',
    './plugins/redcat.ts',
    [
      "12:11 SLUICE_MODULE_MISSING the plugin `./plugins/redcat.ts` can't be loaded: there is no such file | did you mean `./plugins/redact.ts`?",
    ],
  ],
  [
    'redact',
    'a plugin without its dot',
    './plugins/redact.ts',
    'plugins/redact.ts',
    [
      "12:11 SLUICE_MODULE_MISSING the plugin `plugins/redact.ts` can't be loaded: the package is not installed in <folder> | did you mean `./plugins/redact.ts`?",
    ],
  ],
  [
    'redact',
    'a plugin that is a package which is not installed',
    './plugins/redact.ts',
    'sluice-plugin-redact',
    [
      "12:11 SLUICE_MODULE_MISSING the plugin `sluice-plugin-redact` can't be loaded: the package is not installed in <folder> | check the path, which is taken from the folder of the file that names it; a package has to be installed there",
    ],
  ],
  [
    'redact',
    'a plugin twice',
    '[./plugins/redact.ts]',
    '[./plugins/redact.ts, ./plugins/redact.ts]',
    [
      '12:32 PLUGIN_NAME `./plugins/redact.ts` brings a stage `redact`, and one of that name is in `./plugins/redact.ts` | rename the component of the plugin, or leave one of the plugins out',
    ],
  ],
  [
    'redact',
    'a plugin that is no list',
    '[./plugins/redact.ts]',
    './plugins/redact.ts',
    [
      '12:10 TYPE `plugins`: expected a list, got "./plugins/redact.ts" | Modules with more components: paths from this file on, or packages.',
      '22:5 KEY_UNKNOWN `redact` is not a setting or a component of a stage | components are `batch`, `bullmq-progress`, `filter`, `flat-map`, `http-request`, `map`, `rx` and `unbatch`',
    ],
  ],
  [
    'redact',
    'a misspelt component of a plugin',
    '    redact: {',
    '    redcat: {',
    ['22:5 KEY_UNKNOWN `redcat` is not a setting or a component of a stage | did you mean `redact`?'],
  ],
  [
    'redact',
    'a misspelt option of a plugin',
    '{ fields: [card, iban] }',
    '{ feilds: [card, iban] }',
    ['22:15 KEY_UNKNOWN `feilds` is not an option of `redact` | did you mean `fields`?'],
  ],
  [
    'redact',
    'an option of a plugin that is empty',
    '{ fields: [card, iban] }',
    '{ fields: [] }',
    ['22:23 VALUE `fields`: must have at least 1 entry, got a list of 0 | Fields of `data` to blank.'],
  ],
  [
    'redact',
    'a number among the options of a plugin',
    '[card, iban]',
    '[card, 4]',
    ['22:30 TYPE `fields[1]`: expected a string, got 4 | put it in quotes: "4"'],
  ],
  [
    'redact',
    'the short form of a plugin with a wrong type',
    'redact: { fields: [card, iban] }',
    'redact: card',
    ['22:13 TYPE `redact`: expected a list, got "card" | Fields of `data` to blank.'],
  ],
  [
    'redact',
    'a component of a plugin that is not named',
    'plugins: [./plugins/redact.ts]\n',
    '',
    [
      '21:5 KEY_UNKNOWN `redact` is not a setting or a component of a stage | components are `batch`, `bullmq-progress`, `filter`, `flat-map`, `http-request`, `map`, `rx` and `unbatch`',
    ],
  ],
  [
    'redact',
    'an option named after a prototype',
    '{ fields: [card, iban] }',
    '{ fields: [card], __proto__: { a: 1 } }',
    ["22:31 KEY_UNKNOWN `__proto__` can't be a key | rename it"],
  ],
  [
    'shell-filter',
    'a consumer of another section',
    '    stdout: {}',
    '    stdin: {}',
    [
      '24:5 COMPONENT_KIND `stdin` is a producer, not a consumer | move the node to `producers:`, or name a consumer; there are `bullmq`, `discard`, `each`, `file`, `http`, `letters`, `observable`, `overflow`, `redis-list`, `redis-pubsub`, `redis-stream` and `stdout`',
    ],
  ],
  [
    'shell-filter',
    'options where there are none',
    'stdout: {}',
    'stdout: { file: a }',
    ['24:15 KEY_UNKNOWN `file` is not an option of `stdout` | there is only `format`'],
  ],
  [
    'shell-filter',
    'two that read standard input',
    '    stdin: {}\n',
    '    stdin: {}\n  more:\n    stdin: {}\n',
    [
      '14:3 UNUSED nobody reads from the producer `more` | let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
      '15:5 EXCLUSIVE `lines` and `more` both want `standard input` | give one of them another port or file, or read from one node twice',
    ],
  ],
  [
    'shell-filter',
    'a filter without a condition',
    'filter: data.level === "error"',
    'filter:',
    ['19:5 KEY_MISSING `filter` needs `when` | add `when`. Which messages go on.'],
  ],
  [
    'shell-filter',
    'a filter of a boolean',
    'filter: data.level === "error"',
    'filter: true',
    ['19:13 VALUE `filter`: expected an expression: put it in quotes, as "true" | Which messages go on.'],
  ],
  [
    'shell-filter',
    'words for an expression',
    'data.level === "error"',
    'data.level is error',
    [
      '19:24 EXPRESSION `filter`: unexpected "is" after the end of the expression | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'shell-filter',
    'a single equals sign',
    'data.level === "error"',
    'data.level = "error"',
    [
      '19:24 EXPRESSION `filter`: an expression cannot assign: write === to compare | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'shell-filter',
    'quotes that YAML takes off',
    'data.level === "error"',
    '"data.level" === "error"',
    [
      `19:13 YAML_UNQUOTED the value ends with its closing quote or bracket, and more follows | put it in quotes: '"data.level" === "error"'`,
    ],
  ],
]

import type { ShippedMistake } from './mistake.ts'

export const mistakes: readonly ShippedMistake[] = [
  [
    'payments',
    'a value that is compared with ==',
    'id: data.id',
    'id: data.id == 1',
    [
      '43:19 EXPRESSION `id`: write === instead of == | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'payments',
    'a function that there is not',
    'upper(data.currency)',
    'uper(data.currency)',
    [
      '46:17 EXPRESSION `currency`: unknown function "uper": did you mean upper(text)? | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'payments',
    'a method in an expression',
    'upper(data.currency)',
    'data.currency.toUpperCase()',
    [
      '46:31 EXPRESSION `currency`: methods such as "toUpperCase" cannot be called: use upper(text) | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'payments',
    'a name that there is not',
    'receivedAt: time',
    'receivedAt: now',
    [
      `47:19 EXPRESSION \`receivedAt\`: unknown name "now": the names are data, key, headers, time, priority, attempt, id; a field is "data.now", a text is "'now'" | expressions are written as in JavaScript, over \`data\`, \`key\`, \`headers\`, \`time\`, \`priority\`, \`attempt\` and \`id\``,
    ],
  ],
  [
    'payments',
    'a regular expression',
    'receivedAt: time',
    'receivedAt: /a/.test(data.id)',
    [
      '47:23 EXPRESSION `receivedAt`: methods such as "test" cannot be called: the functions are min, max, abs, round, floor, ceil, length, lower, upper, trim, startsWith, endsWith, includes, number, string, boolean, coalesce, date | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'payments',
    'an expression that YAML takes for a tag',
    'receivedAt: time',
    'receivedAt: !data.late',
    ['47:19 YAML_UNQUOTED YAML takes `!data.late` for a tag | put it in quotes: "!data.late"'],
  ],
  [
    'payments',
    'a template that YAML can not start with',
    'receivedAt: time',
    'receivedAt: `a ${time}`',
    [`47:19 YAML_UNQUOTED a value can't start with \`\`\` | put it in quotes: "\`a \${time}\`"`],
  ],
  [
    'payments',
    'a choice that YAML takes for a map',
    'receivedAt: time',
    'receivedAt: data.at ? data.at : time',
    [
      '47:19 YAML_UNQUOTED `: ` inside a value makes YAML read it as a map | put it in quotes: "data.at ? data.at : time"',
    ],
  ],
  [
    'payments',
    'a text with a number sign',
    'receivedAt: time',
    'receivedAt: data.a + " #1"',
    [
      '47:28 EXPRESSION `receivedAt`: Unterminated string constant | YAML may have cut it at a comma or at ` #`: put it in quotes',
    ],
  ],
  [
    'payments',
    'an expression that is a list',
    'by: data.merchant',
    'by: [data.merchant]',
    [
      '52:18 VALUE `by`: expected an expression in quotes, such as "data.amountMinor > 0" | The key of a message; messages of different keys go into different batches.',
    ],
  ],
  [
    'payments',
    'an expression that YAML cuts at its comma',
    'by: data.merchant',
    'by: min(data.a, data.b)',
    ['52:18 YAML_UNQUOTED YAML cuts this value at the comma | put it in quotes: "min(data.a, data.b)"'],
  ],
  [
    'payments',
    'an assignment in a folded text',
    'data.amountMinor > 0 &&',
    'data.amountMinor = 0 &&',
    [
      '33:7 EXPRESSION `when`: an expression cannot assign: write === to compare (line 1, column 1 of the expression) | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'payments',
    'a quote that is left open in a folded text',
    'typeof data.id === "string"',
    'typeof data.id === "string',
    [
      '33:7 EXPRESSION `when`: unexpected "string" after the end of the expression (line 1, column 57 of the expression) | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  ],
  [
    'payments',
    'a variable that is not set',
    '${LEDGER:-ledger.ndjson}',
    '${LEDGER_FILE}',
    [
      '58:11 VARIABLE_MISSING the variable `LEDGER_FILE` is not set | set it in the environment, or give a default: `${LEDGER_FILE:-…}`',
    ],
  ],
  [
    'payments',
    'a variable that is not closed',
    '${LEDGER:-ledger.ndjson}',
    '${LEDGER:-ledger.ndjson',
    ['58:11 VARIABLE_SYNTAX `${LEDGER:-ledger.ndjson` is not closed | add a `}`; a `${` that is text is written `$${`'],
  ],
  [
    'payments',
    'two writers of one file',
    '    file: ${LEDGER:-ledger.ndjson}',
    '    file: ledger.ndjson\n  copy:\n    from: entries\n    file: ledger.ndjson',
    [
      '61:5 EXCLUSIVE `ledger` and `copy` both want `file ledger.ndjson` | give one of them another port or file, or read from one node twice',
    ],
  ],
  [
    'payments',
    'two writers of one file by two paths',
    '    file: ${LEDGER:-ledger.ndjson}',
    '    file: ledger.ndjson\n  copy:\n    from: entries\n    file: { path: ./x/../ledger.ndjson }',
    [
      '61:5 EXCLUSIVE `ledger` and `copy` both want `file ledger.ndjson` | give one of them another port or file, or read from one node twice',
    ],
  ],
  [
    'payments',
    'a stage that reads from what it feeds',
    '    from: ingress',
    '    from: [ingress, batches]',
    [
      '41:11 CYCLE messages go in a circle: `valid` → `entries` → `batches` → `valid` | messages flow one way: take one of these edges out',
    ],
  ],
  [
    'payments',
    'a stage that nobody reads from',
    'from: batches',
    'from: entries',
    [
      '50:3 UNUSED nobody reads from the stage `batches` | let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
    ],
  ],
  [
    'payments',
    'stages without a way from a producer',
    '    from: ingress',
    '    from: entries',
    [
      '41:11 CYCLE messages go in a circle: `valid` → `entries` → `valid` | messages flow one way: take one of these edges out',
    ],
  ],
  [
    'payments',
    'a node with the name of another',
    '  entries:\n',
    '  valid:\n',
    [
      '40:3 YAML_DUPLICATE `valid` stands twice in this map | keep one of them',
      '51:11 FROM_UNKNOWN there is no node `entries` | there are `ingress` and `valid`',
    ],
  ],
  [
    'payments',
    'a consumer as a giver',
    '    from: entries',
    '    from: ledger',
    [
      '51:11 FROM_CONSUMER `ledger` is a consumer: nothing comes out of it | nothing comes out of a consumer: name the stage or producer that it reads from',
      '57:11 CYCLE messages go in a circle: `batches` → `ledger` → `batches` | messages flow one way: take one of these edges out',
    ],
  ],
  [
    'payments',
    'settings that do not fit a batch',
    '    from: batches\n',
    '    from: { batches: { demand: { max: 4, min: 4 } } }\n',
    [
      '57:47 VALUE `min`: must be below `max`, which is 4; got 4 | More is asked for when no more than these are left; half of `max` by default.',
    ],
  ],
  [
    'payments',
    'a limit on what may be unacked that is smaller than a batch',
    '    durable: true',
    '    maxUnacked: 10',
    [
      '25:17 PIPELINE maxUnacked is 10, but the demand windows behind ingress and one batch come to 4100 parts | raise maxUnacked to 4100 at least, or lower `demand` of the nodes that read from it',
      '25:17 PIPELINE the queue of ingress (10000) can never be full: its maxUnacked (10) is reached before | raise maxUnacked above the queue, or make the queue smaller',
      '25:17 PIPELINE batches may hold 10000 messages, but ingress lets only 10 be without an outcome | raise maxUnacked above the maxHeld of batches, or lower that; as it is, batches gives what it holds early',
      '25:17 PIPELINE ledger may hold 10000 messages, but ingress lets only 10 be without an outcome | raise maxUnacked above the maxHeld of ledger, or lower that; as it is, ledger gives what it holds early',
    ],
  ],
]

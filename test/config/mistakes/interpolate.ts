import { edited, filter } from '../loading.ts'
import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    title: 'a variable that is not set',
    text: edited('path: /payments', 'path: "/${TENANT}/payments"'),
    problems: [
      '4:33 VARIABLE_MISSING the variable `TENANT` is not set | set it in the environment, or give a default: `${TENANT:-…}`',
    ],
  },
  {
    title: 'two variables that are not set, behind a doubled quote',
    text: edited('file: ledger.ndjson', "file: 'it''s ${A} and ${B}'"),
    problems: [
      '16:18 VARIABLE_MISSING the variable `A` is not set | set it in the environment, or give a default: `${A:-…}`',
      '16:27 VARIABLE_MISSING the variable `B` is not set | set it in the environment, or give a default: `${B:-…}`',
    ],
  },
  {
    title: 'a variable that is not closed',
    text: edited('file: ledger.ndjson', 'file: ${LEDGER'),
    problems: ['16:11 VARIABLE_SYNTAX `${LEDGER` is not closed | add a `}`; a `${` that is text is written `$${`'],
  },
  {
    title: 'a name that no variable can have',
    text: edited('file: ledger.ndjson', 'file: ${data.x}'),
    problems: [
      '16:11 VARIABLE_SYNTAX `${data.x}` is not a variable | write `${NAME}` or `${NAME:-default}`; a `${` that is meant as text is written `$${`',
    ],
  },
  {
    title: 'a form that only shells know',
    text: edited('file: ledger.ndjson', 'file: ${LEDGER:?no}'),
    problems: [
      '16:11 VARIABLE_SYNTAX `${LEDGER:?no}` is not a variable | write `${NAME}` or `${NAME:-default}`; a `${` that is meant as text is written `$${`',
    ],
  },
  {
    title: 'a variable in a default',
    text: edited('file: ledger.ndjson', 'file: "${LEDGER:-${HOME}}"'),
    problems: ["16:12 VARIABLE_SYNTAX a default can't have a variable in it | write the default out"],
  },
  {
    title: 'a variable that is to be a number',
    text: edited('concurrency: 8', 'concurrency: "${SECRET}"'),
    environment: { SECRET: 'hunter22' },
    problems: [
      '15:18 VARIABLE_VALUE `concurrency`: expected a number, but `${SECRET}` gives something else | set the variable to what is expected',
    ],
  },
  {
    title: 'a variable that is a part of a number',
    text: edited('concurrency: 8', 'concurrency: "1${SECRET}"'),
    environment: { SECRET: '22' },
    problems: [
      '15:18 VARIABLE_VALUE `concurrency`: expected a number, but `1${SECRET}` gives something else | set the variable to what is expected',
    ],
  },
  {
    title: 'a variable beyond a limit',
    text: edited('concurrency: 8', 'concurrency: "${SECRET}"'),
    environment: { SECRET: '99999999' },
    problems: [
      '15:18 VARIABLE_VALUE `concurrency`: must be at most 10000, but `${SECRET}` gives something else | set the variable to what is expected',
    ],
  },
  {
    title: 'a variable that is to be a duration',
    text: edited('timeout: 200ms', 'timeout: "${SECRET}"'),
    environment: { SECRET: 'hunter22' },
    problems: [
      '11:34 VARIABLE_VALUE `timeout`: "${SECRET}" is not a duration: write one number and one unit, as "10ms", "10s" or "10m" | set the variable to what is expected',
    ],
  },
  {
    title: 'a variable that is too short a duration',
    text: edited('timeout: 200ms', 'timeout: "${SECRET}"'),
    environment: { SECRET: '0ms' },
    problems: ['11:34 VARIABLE_VALUE `timeout`: must be at least "1ms" | set the variable to what is expected'],
  },
  {
    title: 'a variable that is none of the values',
    text: edited('concurrency: 8', 'onFailure: ${SECRET}'),
    environment: { SECRET: 'hunter22' },
    problems: [
      '15:16 VARIABLE_VALUE `onFailure`: expected `origin`, `dead-letter`, `drop` or `stop`, but `${SECRET}` gives something else | set the variable to what is expected',
    ],
  },
  {
    title: 'a variable in a broken expression',
    text: filter('filter: ${SECRET} >'),
    environment: { SECRET: 'hunter22' },
    problems: [
      '8:24 EXPRESSION `filter`: the expression ends too early | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a mistake beside a variable in an expression',
    text: filter("filter: 'data.amount == ${SECRET}'"),
    environment: { SECRET: 'hunter22' },
    problems: [
      '8:26 EXPRESSION `filter`: write === instead of == | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a mistake behind a variable that holds another length of text',
    text: filter(`filter: 'data.a === "\${SECRET}" && dat.b'`),
    environment: { SECRET: 'hunter22, hunter22, hunter22' },
    problems: [
      '8:40 EXPRESSION `filter`: unknown name "dat": did you mean "data"? | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a mistake behind a variable that is the name of a field',
    text: filter("filter: { when: 'data.${SECRET} && data.b = 1' }"),
    environment: { SECRET: 'hunter22' },
    problems: [
      '8:22 EXPRESSION `when`: an expression cannot assign: write === to compare | expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
    ],
  },
  {
    title: 'a mistake of its own that a variable brings into an expression',
    text: filter("filter: 'data.a && ${SECRET}'"),
    environment: { SECRET: 'data.b == hunter22' },
    problems: [
      "8:13 VARIABLE_VALUE `filter`: what `data.a && ${SECRET}` gives can't be used here | set the variable to what is expected",
    ],
  },
  {
    title: 'a variable that is to be a node',
    text: edited('from: valid', 'from: ${SECRET}'),
    environment: { SECRET: 'hunter22' },
    problems: ['10:11 FROM_UNKNOWN there is no node `${SECRET}` | there are `ingress` and `valid`'],
  },
  {
    title: 'a variable in a condition of the component',
    text: edited('file: ledger.ndjson', 'file: ${SECRET}'),
    environment: { SECRET: '/dev/null' },
    problems: [
      "16:11 VARIABLE_VALUE `file`: what `${SECRET}` gives can't be used here | set the variable to what is expected",
    ],
  },
  {
    title: 'a port that two variables give',
    text: edited('stages:', '  second:\n    http:\n      port: ${SECRET}\nstages:').replace(
      'from: ingress',
      'from: [ingress, second]',
    ),
    environment: { SECRET: '8080' },
    problems: [
      '6:5 EXCLUSIVE `ingress` and `second` both want the same port, file or the like | give one of them another port or file, or read from one node twice',
    ],
  },
]

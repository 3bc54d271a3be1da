import { edited, filter } from '../loading.ts'
import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    title: 'a call with a comma inside { }',
    text: edited('    from: ingress\n    filter: data.amount > 0', '    { from: ingress, filter: min(data.a, 2) > 1 }'),
    problems: ['7:30 YAML_UNQUOTED YAML cuts this value at the comma | put it in quotes: "min(data.a, 2) > 1"'],
  },
  {
    title: 'a text with a comma inside { }',
    text: filter('filter: { when: data.a.includes("x, y"), reject: true }'),
    problems: ['8:21 YAML_UNQUOTED YAML cuts this value at the comma | put it in quotes: \'data.a.includes("x, y")\''],
  },
  {
    title: 'a call with a text behind a comma inside { }',
    text: filter('filter: { when: includes(data.tags, "a"), reject: true }'),
    problems: [
      '8:21 YAML_UNQUOTED inside { } and [ ] YAML ends this value too early | put it in quotes: \'includes(data.tags, "a")\'',
    ],
  },
  {
    title: 'two calls with commas inside { }',
    text: filter('map: { to: { a: max(min(data.a, 2), 3), b: min(data.b, 2) } }'),
    problems: [
      '8:21 YAML_UNQUOTED YAML cuts this value at the comma | put it in quotes: "max(min(data.a, 2), 3)"',
      '8:48 YAML_UNQUOTED YAML cuts this value at the comma | put it in quotes: "min(data.b, 2)"',
    ],
  },
  {
    title: 'a call with a comma inside [ ]',
    text: edited('path: /payments }', 'path: /payments, tags: [min(a, 2)] }'),
    problems: ['4:49 YAML_UNQUOTED YAML cuts this value at the comma | put it in quotes: "min(a, 2)"'],
  },
  {
    title: 'an index inside { }',
    text: filter('filter: { when: data.items[0] > 1, reject: true }'),
    problems: [
      '8:21 YAML_UNQUOTED inside { } and [ ] YAML ends this value too early | put it in quotes: "data.items[0] > 1"',
    ],
  },
  {
    title: 'a "not"',
    text: filter('filter: !data.ok'),
    problems: ['8:13 YAML_UNQUOTED YAML takes `!data.ok` for a tag | put it in quotes: "!data.ok"'],
  },
  {
    title: 'a "not" before a bracket',
    text: filter('filter: !(data.a && data.b)'),
    problems: ['8:13 YAML_UNQUOTED YAML takes `!(data.a` for a tag | put it in quotes: "!(data.a && data.b)"'],
  },
  {
    title: 'a "not" inside { }',
    text: filter('filter: { when: !data.ok && data.b, reject: true }'),
    problems: ['8:21 YAML_UNQUOTED YAML takes `!data.ok` for a tag | put it in quotes: "!data.ok && data.b"'],
  },
  {
    title: 'a choice',
    text: filter('filter: data.a ? "x" : "y"'),
    problems: [
      '8:13 YAML_UNQUOTED `: ` inside a value makes YAML read it as a map | put it in quotes: \'data.a ? "x" : "y"\'',
    ],
  },
  {
    title: 'a choice inside { }',
    text: filter('filter: { when: data.a ? 1 : 2 }'),
    problems: [
      '8:21 YAML_UNQUOTED `: ` inside a value makes YAML read it as a map | put it in quotes: "data.a ? 1 : 2"',
    ],
  },
  {
    title: 'a text with a colon and a space',
    text: filter('filter: data.a === "a: b"'),
    problems: [
      '8:13 YAML_UNQUOTED `: ` inside a value makes YAML read it as a map | put it in quotes: \'data.a === "a: b"\'',
    ],
  },
  {
    title: 'a text at the start',
    text: filter('filter: "a" in data.x'),
    problems: [
      '8:13 YAML_UNQUOTED the value ends with its closing quote or bracket, and more follows | put it in quotes: \'"a" in data.x\'',
    ],
  },
  {
    title: 'a list at the start',
    text: filter('filter: [1, 2].includes(data.a)'),
    problems: [
      '8:13 YAML_UNQUOTED the value ends with its closing quote or bracket, and more follows | put it in quotes: "[1, 2].includes(data.a)"',
    ],
  },
  {
    title: 'a text at the start inside { }',
    text: filter('filter: { when: "a" in data.x }'),
    problems: [
      '8:21 YAML_UNQUOTED the value ends with its closing quote or bracket, and more follows | put it in quotes: \'"a" in data.x\'',
    ],
  },
  {
    title: 'a variable inside { }',
    text: edited('port: 8080', 'port: ${PORT:-8080}'),
    problems: ['4:19 YAML_UNQUOTED inside { } YAML cuts `${PORT:-8080}` | put it in quotes: "${PORT:-8080}"'],
  },
  {
    title: 'a variable inside [ ]',
    text: edited('from: valid', 'from: [${FROM}, valid]'),
    problems: ['10:12 YAML_UNQUOTED inside { } and [ ] YAML ends this value too early | put it in quotes: "${FROM}"'],
  },
  {
    title: 'an at sign at the start',
    text: filter('filter: @amount'),
    problems: ['8:13 YAML_UNQUOTED a value can\'t start with `@` | put it in quotes: "@amount"'],
  },
  {
    title: 'a per cent sign at the start',
    text: filter('filter: %amount'),
    problems: ['8:13 YAML_UNQUOTED a value can\'t start with `%` | put it in quotes: "%amount"'],
  },
  {
    title: 'a backtick at the start',
    text: filter('filter: `a`'),
    problems: ['8:13 YAML_UNQUOTED a value can\'t start with ``` | put it in quotes: "`a`"'],
  },
  {
    title: 'a comparison at the start',
    text: filter('filter: > 5'),
    problems: [
      '8:13 YAML_UNQUOTED `|` or `>` starts a text on the lines below: nothing may follow on its own line | put it in quotes: "> 5"',
    ],
  },
  {
    title: 'a comparison without a space at the start',
    text: filter('filter: >= 5'),
    problems: [
      '8:13 YAML_UNQUOTED `|` or `>` starts a text on the lines below: nothing may follow on its own line | put it in quotes: ">= 5"',
    ],
  },
  {
    title: 'a bar at the start',
    text: filter('filter: |data.a'),
    problems: [
      '8:13 YAML_UNQUOTED `|` or `>` starts a text on the lines below: nothing may follow on its own line | put it in quotes: "|data.a"',
    ],
  },
  {
    title: 'a number sign behind a space',
    text: filter('filter: data.a === "x #1"'),
    problems: [
      '8:24 EXPRESSION `filter`: Unterminated string constant | YAML may have cut it at a comma or at ` #`: put it in quotes',
    ],
  },
]

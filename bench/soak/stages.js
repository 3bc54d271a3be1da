import { readdirSync } from 'node:fs'

/**
 * Options with which each built-in stage is soaked: what it holds or counts is used.
 *
 * @type {Readonly<Record<string, object>>}
 */
const OPTIONS = {
  map: { to: { value: 'data + 1' } },
  filter: { when: 'data % 2 === 0' },
  batch: { size: 100, timeout: '1s', by: 'data % 100' },
  'bullmq-progress': { to: '50' },
  'flat-map': { to: '[data, data]' },
  'http-request': {},
  rx: {},
  unbatch: {},
}

/**
 * Modules that stand for stages whose options are code.
 *
 * @type {Readonly<Record<string, URL>>}
 */
const MODULES = {
  'http-request': new URL('requests.js', import.meta.url),
  rx: new URL('operators.js', import.meta.url),
}

/**
 * Of stages that wait for others, one in so many of the messages that the others get.
 *
 * @type {Readonly<Record<string, number>>}
 */
const ONE_IN = { 'http-request': 50 }

const STAGES = new URL('../../dist/stages/', import.meta.url)

/**
 * Built-in stages, by file, as they are found at run time, and one that fails and is tried again.
 *
 * @returns {{ name: string, module: URL, options: object, oneIn: number }[]}
 * @throws where one of them has no options here: a new stage must not go untested.
 */
export function stagesToSoak() {
  const names = readdirSync(STAGES)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length))
  const builtIn = names.map((name) => {
    const options = OPTIONS[name]
    if (options === undefined) throw new Error(`the stage ${name} has no options in bench/soak/stages.js: add some`)
    return { name, module: MODULES[name] ?? new URL(`${name}.js`, STAGES), options, oneIn: ONE_IN[name] ?? 1 }
  })
  return [...builtIn, { name: 'retries', module: new URL('failing.js', import.meta.url), options: {}, oneIn: 1 }]
}

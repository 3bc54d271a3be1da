import { readFileSync } from 'node:fs'
import { register } from 'node:module'

// Counts nothing: the methods of the kernel's counters do nothing in what is loaded after this call.

const COUNTERS = '/dist/core/counters.js'
const EMPTY = `
for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(Counters.prototype)))
  if (name !== 'constructor' && typeof value === 'function') Counters.prototype[name] = () => {}
`

/** Has it so in this process. To be called before the kernel is loaded. */
export function withoutCounters() {
  register(import.meta.url)
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!url.endsWith(COUNTERS)) return next(url, context)
  return { format: 'module', source: `${readFileSync(new URL(url), 'utf8')}${EMPTY}`, shortCircuit: true }
}

import { afterEach, expect } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { compileExpression } from '../../../src/kit/expression/compile.ts'
import type { Expression } from '../../../src/kit/expression/compile.ts'
import { deepFrozen, messageOf } from './message.ts'

const DATA = deepFrozen({
  amount: 1,
  name: 'x',
  list: [1, 'two', { three: 3 }],
  nested: { deep: { deeper: null } },
  constructor: 'data',
  call: 'data',
})
export const MESSAGE = messageOf(DATA, 'key')
const BUILT_IN = [Object, Array, Function, String, Number].map(({ prototype }) => prototype as object)
const NATURE = BUILT_IN.map((prototype) => Reflect.ownKeys(prototype))
const GLOBALS = Reflect.ownKeys(globalThis)

/** Everything that can be reached from a value by reading own properties. */
function reachable(value: unknown): unknown[] {
  const seen = new Set<unknown>([value])
  for (const inner of seen) {
    if (typeof inner === 'object' && inner !== null)
      for (const name of Reflect.ownKeys(inner)) seen.add(Reflect.get(inner, name))
  }
  return [...seen]
}

function compiled(text: string): Expression | undefined {
  try {
    return compileExpression(text)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError)
    expect((thrown as SluiceError).code).toBe('SLUICE_EXPRESSION_INVALID')
    return undefined
  }
}

/** Runs a text and looks at what it gave: data and what was made of it, nothing of the program. */
export function check(text: string): void {
  const run = compiled(text)
  if (run === undefined) return
  let value: unknown
  try {
    value = run(MESSAGE)
  } catch (thrown) {
    expect((thrown as SluiceError).code).toBe('SLUICE_EXPRESSION_FAILED')
    // What a write to frozen data throws.
    expect((thrown as SluiceError).message).not.toMatch(/read only|extensible|Cannot delete/)
    return
  }
  const thawed = structuredClone(DATA)
  run(messageOf(thawed, 'key'))
  expect(thawed).toEqual(DATA)
  for (const inner of reachable(value)) {
    expect(typeof inner).not.toBe('function')
    expect(inner).not.toBe(globalThis)
    expect(BUILT_IN).not.toContain(inner)
    expect(inner).not.toBe(MESSAGE)
  }
}

/** Fails a test after which the language or the globals are not what they were. */
export function guardBuiltIns(): void {
  afterEach(() => {
    expect(BUILT_IN.map((prototype) => Reflect.ownKeys(prototype))).toEqual(NATURE)
    expect(Reflect.ownKeys(globalThis)).toEqual(GLOBALS)
  })
}

import type { SluiceError } from '../core/errors.ts'
import { kitError, type KitErrorCode } from './errors.ts'
import { quote } from './text.ts'

/** Says no to a text. The error is made only when asked for: finding the place costs more than a line. */
export class JsonRefusal {
  readonly toError: () => SluiceError

  constructor(toError: () => SluiceError) {
    this.toError = toError
  }
}

/** `key` is that of the faulty value, where it isn't the container that is at fault. */
export type Excess = readonly [code: KitErrorCode, problem: string, key?: string | undefined]

/** What a value has too much of, somewhere below `root`. */
export function tooMuch(root: object, container: object, [code, problem, key]: Excess): JsonRefusal {
  const last = key === undefined ? '' : tokenOf(key)
  return new JsonRefusal(() => kitError(code, `${problem}, at ${quote(pointerTo(root, container) + last)}`))
}

export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A container on the way from the root, and the key under which its parent has it. */
interface Step {
  readonly container: object
  readonly parent: Step | undefined
  readonly key: string
}

/** The JSON pointer (RFC 6901) of a container: searched for once it is needed, so that nothing is recorded before. */
function pointerTo(root: object, target: object): string {
  const steps: Step[] = [{ container: root, parent: undefined, key: '' }]
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (step.container === target) return pointerOf(step)
    for (const key in step.container) {
      const child: unknown = step.container[key as never]
      if (isContainer(child)) steps.push({ container: child, parent: step, key })
    }
  }
  return ''
}

function pointerOf(last: Step): string {
  const keys: string[] = []
  for (let step = last; step.parent !== undefined; step = step.parent) {
    keys.push(tokenOf(step.key))
  }
  return keys.toReversed().join('')
}

function tokenOf(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

import { SluiceError } from '../core/errors.ts'
import { printable } from '../kit/text.ts'
import type { RegistryErrorCode } from './errors.ts'

/** Where in a file something is wrong, as far as it is known. Lines and columns count from 1. */
export interface ModulePlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/** A module that can't be used. Never has a stack trace of Node's loader in its message. */
export class ModuleError extends SluiceError {
  /** Why, in one sentence without the place. */
  readonly reason: string
  /** Where; it may be a module that the one which was to be loaded imports. */
  readonly place: ModulePlace
  /** The file or package that was probably meant. */
  readonly nearest: string | undefined

  constructor(code: RegistryErrorCode, reason: string, { cause, nearest, ...place }: ModuleErrorDetails) {
    super(code, `${formatPlace(place)}: ${reason}`, { kind: 'place', ...(cause === undefined ? {} : { cause }) })
    this.name = 'ModuleError'
    this.reason = reason
    this.place = place
    this.nearest = nearest
  }
}

interface ModuleErrorDetails extends ModulePlace {
  readonly cause?: unknown
  readonly nearest?: string | undefined
}

/** A place as people and editors write it: `file:line:column`. */
export function formatPlace({ file, line, column }: ModulePlace): string {
  return [printable(file, 1000), line, column].filter((part) => part !== undefined).join(':')
}

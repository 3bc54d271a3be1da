import { KERNEL_ERRORS } from '../core/errors.ts'
import { COMPONENT_ERRORS } from '../kit/component-errors.ts'
import { KIT_ERRORS } from '../kit/errors.ts'
import { OVERFLOW_ERRORS } from '../overflow/errors.ts'
import { REDIS_ERRORS } from '../redis/errors.ts'
import { STREAM_ERRORS } from '../redis/stream/errors.ts'
import { GROUP_ERRORS } from '../redis/group/errors.ts'
import { TEXT_ERRORS } from '../redis/text-errors.ts'
import { REGISTRY_ERRORS } from '../registry/errors.ts'
import { DAEMON_ERRORS } from './errors.ts'

const TABLES: Readonly<Record<string, { readonly hint: string }>> = {
  ...KERNEL_ERRORS,
  ...KIT_ERRORS,
  ...COMPONENT_ERRORS,
  ...OVERFLOW_ERRORS,
  ...REDIS_ERRORS,
  ...STREAM_ERRORS,
  ...GROUP_ERRORS,
  ...TEXT_ERRORS,
  ...REGISTRY_ERRORS,
  ...DAEMON_ERRORS,
}

/** What to do about an error with this code; undefined where no table knows it. */
export function hintFor(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(TABLES, code) ? TABLES[code]!.hint : undefined
}

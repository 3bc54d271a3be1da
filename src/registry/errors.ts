import { SluiceError } from '../core/errors.ts'

interface RegistryErrorEntry {
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
}

/** Every code of the registry, beside SLUICE_COMPONENT_INVALID of the kernel. A code is never used for something else later. */
export const REGISTRY_ERRORS = {
  SLUICE_COMPONENT_UNKNOWN: {
    summary: 'there is no component of this name',
    hint: 'see the names that the message lists',
  },
  SLUICE_COMPONENT_LOAD_FAILED: {
    summary: 'the file of a component cannot be loaded',
    hint: 'see the cause: the file has a syntax error, throws, or imports something that is not installed',
  },
  SLUICE_COMPONENT_CONTRACT: {
    summary: 'a component was made for another version of the contract than this Sluice has',
    hint: 'update the plugin or Sluice, as the message says',
  },
} as const satisfies Record<string, RegistryErrorEntry>

/** An error with a code of the table or SLUICE_COMPONENT_INVALID. */
export function registryError(
  code: keyof typeof REGISTRY_ERRORS | 'SLUICE_COMPONENT_INVALID',
  message: string,
  cause?: unknown,
): SluiceError {
  return new SluiceError(code, message, { kind: 'place', ...(cause === undefined ? {} : { cause }) })
}

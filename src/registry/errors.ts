import { placeError, type SluiceError } from '../core/errors.ts'

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
  SLUICE_MODULE_MISSING: {
    summary: 'there is no such module',
    hint: 'check the path, which is taken from the folder of the file that names it; a package has to be installed there',
  },
  SLUICE_MODULE_SYNTAX: {
    summary: 'a module is neither JavaScript nor TypeScript',
    hint: 'mend it at the place that is named',
  },
  SLUICE_MODULE_IMPORT: {
    summary: 'a module imports what is not there',
    hint: 'install what is missing in the folder of the module, or mend the path',
  },
  SLUICE_MODULE_THREW: {
    summary: 'a module throws while it is loaded',
    hint: 'a module should only define things: what may fail belongs in `open`',
  },
  SLUICE_MODULE_TIMEOUT: {
    summary: 'a module is not loaded in time',
    hint: 'await nothing at its top level: what takes time belongs in `open`',
  },
  SLUICE_MODULE_EXPORT: {
    summary: 'a module does not export what is needed',
    hint: 'let it say `export default` before what `definePipeline`, or for a plugin `defineStage` and the like, gives',
  },
} as const satisfies Record<string, RegistryErrorEntry>

export type RegistryErrorCode = keyof typeof REGISTRY_ERRORS

/** An error with a code of the table or SLUICE_COMPONENT_INVALID. */
export function registryError(
  code: RegistryErrorCode | 'SLUICE_COMPONENT_INVALID',
  message: string,
  cause?: unknown,
): SluiceError {
  return placeError(code, message, cause)
}

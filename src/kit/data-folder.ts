import { resolve } from 'node:path'

/** What SLUICE_DATA_DIR says. Set to nothing, as by whoever passes on a variable that isn't there, it says nothing. */
export function namedDataFolder(): string | undefined {
  const folder = process.env['SLUICE_DATA_DIR']
  return folder === '' ? undefined : folder
}

/** Where state is kept where no file of a pipeline says: beside where the process was started. */
export function dataFolderHere(...names: readonly string[]): string {
  return resolve(namedDataFolder() ?? '.sluice', ...names)
}

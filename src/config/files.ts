import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { MODULE_FILE } from '../registry/module-faults.ts'
import { ofFile, unreadable } from './file.ts'

const YAML_FILE = /\.ya?ml$/
/** Types and tests stand beside what is run. */
const NOT_RUN = /^\.|\.d\.m?ts$|\.test\.[^.]+$/

/**
 * The files that are meant: of a folder all its pipelines, in the order of their names; not those in folders below it.
 *
 * @throws ConfigError where there is no pipeline in a folder
 */
export async function pipelineFiles(path: string): Promise<readonly string[]> {
  // What can't be looked at is told when it is read.
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return [path]
  const names = await filesIn(path)
  if (names.length > 0) return names.toSorted().map((name) => join(path, name))
  throw ofFile(path, 'SLUICE_CONFIG_FOLDER_EMPTY', 'there is no pipeline in this folder')
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => !entry.isDirectory() && isPipeline(entry.name)).map(({ name }) => name)
  } catch (error) {
    throw unreadable(folder, error)
  }
}

function isPipeline(name: string): boolean {
  return (YAML_FILE.test(name) || MODULE_FILE.test(name)) && !NOT_RUN.test(name)
}

import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { asError } from '../core/errors.ts'
import type { Definition } from '../core/component.ts'
import { definitionOf, type Kind } from './contract.ts'
import { registryError } from './errors.ts'
import { noteOrigins } from './origins.ts'

/** How names of components resolve to definitions. */
export interface Registry {
  /**
   * The names of all components of a kind, sorted. Reads the folder once; imports nothing.
   *
   * @throws SLUICE_COMPONENT_LOAD_FAILED where the folder can't be read
   */
  names(kind: Kind): Promise<readonly string[]>
  /**
   * Imports one component. The same definition each time.
   *
   * @throws SLUICE_COMPONENT_UNKNOWN
   * @throws SLUICE_COMPONENT_LOAD_FAILED where its file can't be imported
   * @throws SLUICE_COMPONENT_INVALID where it doesn't keep to the contract
   */
  load(kind: Kind, name: string): Promise<Definition>
}

/** Folders of components, one per kind; each file is a component, and its name is the component's. */
export type ComponentFolders = Readonly<Record<Kind, URL>>

/** The built-in components, beside this folder: `.ts` in the sources, `.js` in what is built of them. */
const BUILT_IN: ComponentFolders = {
  producer: new URL('../producers/', import.meta.url),
  stage: new URL('../stages/', import.meta.url),
  consumer: new URL('../consumers/', import.meta.url),
}

/** A component's file; declarations (`.d.ts`) and tests have a dot more. */
const FILE = /^([a-z][a-z0-9-]*)\.[jt]s$/

/** A registry of the components in some folders: those that come with Sluice, by default. */
export function createRegistry(folders: ComponentFolders = BUILT_IN): Registry {
  return new FolderRegistry(folders)
}

class FolderRegistry implements Registry {
  readonly #folders: ComponentFolders
  readonly #files = new Map<Kind, Promise<ReadonlyMap<string, URL>>>()

  constructor(folders: ComponentFolders) {
    this.#folders = folders
  }

  async names(kind: Kind): Promise<readonly string[]> {
    return [...(await this.#filesOf(kind)).keys()]
  }

  async load(kind: Kind, name: string): Promise<Definition> {
    const files = await this.#filesOf(kind)
    const url = files.get(name)
    if (url === undefined) {
      const names = [...files.keys()].join(', ')
      throw registryError(
        'SLUICE_COMPONENT_UNKNOWN',
        `there is no ${kind} \`${name}\`; there is ${names || 'none at all'}`,
      )
    }
    const file = fileURLToPath(url)
    const definition = definitionOf(await importModule(url, `the ${kind} ${name} (${file})`), { kind, name, file })
    noteOrigins(definition, [{ file }])
    return definition
  }

  #filesOf(kind: Kind): Promise<ReadonlyMap<string, URL>> {
    let files = this.#files.get(kind)
    if (files === undefined) this.#files.set(kind, (files = filesIn(this.#folders[kind])))
    return files
  }
}

async function filesIn(folder: URL): Promise<ReadonlyMap<string, URL>> {
  const base = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`)
  const files = new Map<string, URL>()
  try {
    for (const entry of await readdir(base, { withFileTypes: true })) {
      const name = FILE.exec(entry.name)?.[1]
      if (name !== undefined && !entry.isDirectory()) files.set(name, new URL(entry.name, base))
    }
  } catch (error) {
    throw loadFailed(`the components in ${fileURLToPath(base)}`, error)
  }
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

async function importModule(url: URL, what: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ url.href)
  } catch (error) {
    throw loadFailed(what, error)
  }
}

function loadFailed(what: string, error: unknown): Error {
  return registryError('SLUICE_COMPONENT_LOAD_FAILED', `${what} can't be loaded: ${asError(error).message}`, error)
}

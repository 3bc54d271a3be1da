import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Jiti } from 'jiti'
import { realEnv, type Env } from '../core/env.ts'
import { ModuleError } from './module-errors.ts'
import { isOwnMissing, MODULE_FILE, missingFile, missingPackage, moduleFault, TYPESCRIPT } from './module-faults.ts'

/** Of the module itself and of all that it imports; long enough for a cold disk, short enough for whoever waits. */
const LOAD_TIMEOUT_MS = 30_000

export interface ModuleLoaderOptions {
  /** How long loading one module may take: what its own top level awaits, too. */
  readonly timeoutMs?: number
  readonly env?: Pick<Env, 'after'>
  /** Where compiled TypeScript is kept. */
  readonly cacheFolder?: string
  /** How JavaScript is imported: the runner of our tests has an `import` of its own. */
  readonly native?: (url: string) => Promise<unknown>
}

/**
 * Loads users' modules: JavaScript as Node does, TypeScript without a build step. A module that imports `sluice` gets the
 * Sluice that loads it, also where none is installed beside it. Each module is loaded once.
 */
export class ModuleLoader {
  readonly #timeoutMs: number
  readonly #env: Pick<Env, 'after'>
  readonly #cacheFolder: string | undefined
  readonly #native: (url: string) => Promise<unknown>
  readonly #compilers = new Map<boolean, Jiti>()

  constructor(options: ModuleLoaderOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? LOAD_TIMEOUT_MS
    this.#env = options.env ?? realEnv
    this.#cacheFolder = options.cacheFolder
    this.#native = options.native ?? ((url) => import(/* @vite-ignore */ url))
  }

  /**
   * What a file exports.
   *
   * @param file an absolute path
   * @throws ModuleError, never what Node or the module itself has thrown
   */
  async load(file: string): Promise<object> {
    if (!MODULE_FILE.test(file) || !(await isFile(file))) throw await missingFile(file)
    try {
      return (await this.#inTime(this.#import(file), file)) as object
    } catch (error) {
      throw error instanceof ModuleError ? error : await moduleFault(error, file)
    }
  }

  /**
   * The file of a package, as an ES module in a folder would get it.
   *
   * @throws ModuleError where it isn't installed there, or has no such entry
   */
  async resolve(specifier: string, folder: string): Promise<string> {
    try {
      return fileURLToPath((await resolverOf(join(folder, '_'))).esmResolve(specifier))
    } catch (error) {
      throw missingPackage(specifier, folder, error)
    }
  }

  async #import(file: string): Promise<unknown> {
    if (TYPESCRIPT.test(file)) return await this.#compiled(file)
    try {
      return await this.#native(pathToFileURL(file).href)
    } catch (error) {
      if (isOwnMissing(error)) return await this.#compiled(file)
      throw error
    }
  }

  async #compiled(file: string): Promise<unknown> {
    const hasZod = (await resolverOf(file)).esmResolve('zod', { try: true }) !== undefined
    const compiler = this.#compilers.get(hasZod) ?? (await this.#compiler(hasZod))
    this.#compilers.set(hasZod, compiler)
    return await compiler.import(file)
  }

  async #compiler(hasZod: boolean): Promise<Jiti> {
    const { createJiti } = await import('jiti')
    const alias = hasZod ? ownEntries() : { ...ownEntries(), zod: await ownZod() }
    return createJiti(import.meta.url, { fsCache: this.#cacheFolder ?? userCache(), alias })
  }

  #inTime<T>(loading: Promise<T>, file: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#env.after(this.#timeoutMs, () => {
        const message = `it has not been loaded within ${this.#timeoutMs / 1000} s: an \`await\` at its top level never ends`
        reject(new ModuleError('SLUICE_MODULE_TIMEOUT', message, { file }))
      })
      loading.then(resolve, reject).finally(() => timer.cancel())
    })
  }
}

/** Not in the folder for temporary files, where others could put something for us to run. */
function userCache(): string | false {
  const base = process.env['XDG_CACHE_HOME']
  if (base !== undefined && base !== '') return join(base, 'sluice')
  try {
    return join(homedir(), '.cache', 'sluice')
  } catch {
    // A user of a container may have no home: then it is compiled each time.
    return false
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/** Looks only where a module at this path would: one of Sluice would find what Sluice has. */
async function resolverOf(file: string): Promise<Jiti> {
  const { createJiti } = await import('jiti')
  return createJiti(pathToFileURL(file).href, { fsCache: false })
}

/** For modules that have none themselves. */
async function ownZod(): Promise<string> {
  return fileURLToPath((await resolverOf(fileURLToPath(import.meta.url))).esmResolve('zod'))
}

/** What `sluice` and its subpaths are, by `exports` of the package: of this very Sluice, built or not. */
function ownEntries(): Readonly<Record<string, string>> {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { name, exports } = JSON.parse(text) as { name: string; exports: Record<string, string | { default: string }> }
  const entries: Record<string, string> = {}
  for (const [subpath, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue
    const file = target.default.replace('./dist/', '../')
    const url = new URL(import.meta.url.endsWith('.ts') ? file.replace(/\.js$/, '.ts') : file, import.meta.url)
    entries[name + subpath.slice(1)] = fileURLToPath(url)
  }
  return entries
}

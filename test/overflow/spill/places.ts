import { overflowError } from '../../../src/overflow/errors.ts'
import type { FolderLock } from '../../../src/overflow/folder-lock.ts'
import { EmbeddedStore, type EmbeddedStoreOptions } from '../../../src/overflow/spill/embedded-store.ts'
import type { FrameStorePlace } from '../../../src/testing/index.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'

export const FOLDER = '/spill'

/** A lock for one process at a time, which dies with it. */
class OneOwner {
  #isTaken = false

  readonly lock = async (): Promise<FolderLock> => {
    if (this.#isTaken) throw overflowError('SLUICE_LOG_LOCKED', 'somebody has it')
    this.#isTaken = true
    return { release: async () => void (this.#isTaken = false) }
  }

  /** Whoever had it is no more. */
  free(): void {
    this.#isTaken = false
  }
}

/** An embedded store on a simulated disk; whoever has it open dies with the process. */
export function storeOn(disk: SimulatedDisk, options: Partial<EmbeddedStoreOptions> = {}): EmbeddedStore {
  const lock = async (): Promise<FolderLock> => ({ release: () => Promise.resolve() })
  return new EmbeddedStore({ folder: FOLDER, limit: 1024 ** 3, lock, ...options, files: options.files ?? disk.files })
}

/** A place on a simulated disk, which can fail and lose its process. */
export function simulatedPlace(seed: number, limit?: number): FrameStorePlace {
  const disk = new SimulatedDisk(seed)
  const owner = new OneOwner()
  return {
    store: () => storeOn(disk, { lock: owner.lock, ...(limit === undefined ? {} : { limit }) }),
    crash: () => {
      disk.kill()
      owner.free()
    },
    fail: (isFailing) => void (disk.faults = { shortWrite: 0, failedWrite: isFailing ? 1 : 0, failedSync: 0 }),
  }
}

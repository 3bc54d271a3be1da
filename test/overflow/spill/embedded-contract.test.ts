import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { EmbeddedStore } from '../../../src/overflow/spill/embedded-store.ts'
import { frameStoreContract, type FrameStorePlace } from '../../../src/testing/index.ts'
import { simulatedPlace } from './places.ts'

async function realPlace(durability: 'disk' | 'os'): Promise<FrameStorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-spill-'))
  return {
    store: () => new EmbeddedStore({ folder, limit: 1024 ** 3, durability }),
    remove: () => rm(folder, { recursive: true }),
  }
}

frameStoreContract({ describe, test }, 'embedded, in a folder', () => realPlace('disk'))
frameStoreContract({ describe, test }, 'embedded, without waiting for the disk', () => realPlace('os'))
frameStoreContract({ describe, test }, 'embedded, on a simulated disk', () => simulatedPlace(1))
frameStoreContract({ describe, test }, 'embedded, in small segments', () => simulatedPlace(2, 8 * 1024 ** 2))

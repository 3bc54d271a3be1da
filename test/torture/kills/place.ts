import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

export const STORE_NAMES = ['embedded', 'redis'] as const
export type StoreName = (typeof STORE_NAMES)[number]

/** Memory that is a file system. An fsync there takes no time, so that the server never puts off a write for it. */
const MEMORY_FOLDER = '/dev/shm'

/** Where messages are stored. */
export interface Place {
  /** As `store` in config, and maybe what stands beside it. */
  readonly config: string
  /** How much longer each sync and each read of the daemon's disk takes. */
  readonly diskMs: number
  /** How much longer the store takes for whatever it is asked, by daemons that are started from now on. */
  slowMs: number
  /** Kills the server and starts it again, where there is one. */
  restart?(): Promise<void>
  close(): Promise<void>
}

/** What a server has of an AOF: none, or one that is synced so often. */
export type Aof = 'none' | 'everysec' | 'always'

export function placeOf(name: StoreName, aof: Aof): Promise<Place> | Place {
  return name === 'redis' ? RedisPlace.start(aof) : new DiskPlace()
}

class DiskPlace implements Place {
  readonly config = 'embedded'
  slowMs = 0

  get diskMs(): number {
    return this.slowMs
  }

  async close(): Promise<void> {}
}

interface Parts {
  readonly folder: string
  readonly server: TestRedis
  readonly proxy: TcpProxy
  readonly isForgetful: boolean
}

/** A server with AOF; each answer to the daemon passes a proxy that may keep it for a while. */
class RedisPlace implements Place {
  readonly diskMs = 0
  readonly config: string
  readonly #folder: string
  readonly #server: TestRedis
  readonly #proxy: TcpProxy

  private constructor({ folder, server, proxy, isForgetful }: Parts) {
    this.#folder = folder
    this.#server = server
    this.#proxy = proxy
    const durability = isForgetful ? 'memory' : 'aof'
    this.config = `{ redis: { url: '${proxy.url}', lease: 900ms, commandTimeout: 300ms } }, durability: ${durability}`
  }

  static async start(aof: Aof): Promise<RedisPlace> {
    const parent = existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir()
    const folder = mkdtempSync(join(parent, 'sluice-redis-'))
    const isForgetful = aof === 'none'
    const fsync = isForgetful ? {} : { appendfsync: aof }
    const appendonly = isForgetful ? 'no' : 'yes'
    const settings = { dir: folder, appendonly, ...fsync, 'maxmemory-policy': 'noeviction' }
    const server = await TestRedis.launch(settings)
    return new RedisPlace({ folder, server, proxy: await TcpProxy.launch(server.port), isForgetful })
  }

  get slowMs(): number {
    return this.#proxy.delayMs
  }

  set slowMs(ms: number) {
    this.#proxy.delayMs = ms
  }

  restart(): Promise<void> {
    return this.#server.restart()
  }

  async close(): Promise<void> {
    await this.#proxy.close()
    await this.#server.destroy()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

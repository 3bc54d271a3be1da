import { seededRandom } from '../../src/kit/seeded-random.ts'
import type { LogFile, LogFiles } from '../../src/overflow/log/files.ts'

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number }

/** A file: what processes see of it, what the platter has, and what lies between. */
interface Inode {
  visible: Buffer
  durable: Buffer
  pending: Change[]
  links: number
}

interface Entry {
  readonly path: string
  /** undefined where the entry was removed. */
  readonly inode: Inode | undefined
}

export interface DiskFaults {
  /** Chances per call. */
  readonly shortWrite: number
  readonly failedWrite: number
  readonly failedSync: number
}

const NO_FAULTS: DiskFaults = { shortWrite: 0, failedWrite: 0, failedSync: 0 }
const SECTOR = 512

/**
 * A file system in memory that keeps what is seen and what is durable apart. When the power goes, any part of what was not
 * confirmed is on disk: sectors of 512 bytes in any order, entries of folders too. A `datasync` that fails has thrown away
 * what it should have written, as Linux does, and the next one succeeds.
 */
export class SimulatedDisk {
  faults = NO_FAULTS
  /** Bytes that fit. */
  capacity = Infinity
  /** Calls from now on until the process that calls is no more. */
  callsLeft = Infinity
  /** Descriptors that were synced again after that had failed. */
  syncRetries = 0
  readonly #random: () => number
  #visible = new Map<string, Inode>()
  #durable = new Map<string, Inode>()
  #pendingEntries: Entry[] = []
  /** Of the process that runs now; calls of an earlier one never come back. */
  #life = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** What the process that runs now sees. */
  get files(): LogFiles {
    const life = this.#life
    return {
      makeFolder: () => this.#call(life, () => undefined),
      list: (folder) => this.#call(life, () => this.paths.map((path) => path.slice(folder.length + 1))),
      create: (path) => this.#call(life, () => this.#create(path, life)),
      open: (path) => this.#call(life, () => this.#descriptor(this.#inode(path), life)),
      remove: (path) => this.#call(life, () => this.#remove(path)),
      syncFolder: () => this.#call(life, () => this.#syncFolder()),
    }
  }

  get paths(): string[] {
    return [...this.#visible.keys()]
  }

  get bytes(): number {
    return [...this.#visible.values()].reduce((sum, { visible }) => sum + visible.length, 0)
  }

  sizeOf(path: string): number {
    return this.#inode(path).visible.length
  }

  /** The process is killed: what it has written stays. */
  kill(): void {
    this.#life++
    this.callsLeft = Infinity
  }

  /** The power goes: what was not confirmed may be there, or not. */
  cutPower(): void {
    this.kill()
    for (const entry of this.#pendingEntries) if (this.#random() < 0.5) apply(this.#durable, entry)
    this.#pendingEntries = []
    for (const inode of new Set(this.#durable.values())) {
      const share = [0, 0.5, 0.9, 1][Math.floor(this.#random() * 4)]!
      for (const change of inode.pending) this.#persist(inode, change, share)
      inode.visible = Buffer.from(inode.durable)
      inode.pending = []
    }
    this.#visible = new Map(this.#durable)
  }

  /** A bit turns over on the platter. */
  flip(path: string, byte: number, bit: number): void {
    const inode = this.#inode(path)
    for (const bytes of [inode.visible, inode.durable]) if (byte < bytes.length) bytes[byte]! ^= 1 << bit
  }

  /** Somebody removes a file, or cuts it. */
  tamper(path: string, length?: number): void {
    const inode = this.#inode(path)
    if (length === undefined) {
      this.#visible.delete(path)
      this.#durable.delete(path)
      return
    }
    inode.visible = inode.visible.subarray(0, length)
    inode.durable = inode.durable.subarray(0, length)
  }

  async #call<T>(life: number, action: () => T): Promise<T> {
    for (let turns = Math.floor(this.#random() * 3); turns > 0; turns--) await Promise.resolve()
    const isDead = life !== this.#life || this.callsLeft <= 0
    this.callsLeft--
    return isDead ? new Promise<T>(() => {}) : action()
  }

  #descriptor(inode: Inode, life: number): LogFile {
    let hasFailed = false
    return {
      stat: () => this.#call(life, () => ({ size: inode.visible.length, nlink: inode.links })),
      read: (...[buffer, offset, length, position]) =>
        this.#call(life, () => {
          const bytes = inode.visible.subarray(position, position + length)
          buffer.set(bytes, offset)
          return { bytesRead: bytes.length }
        }),
      writev: (buffers, position) =>
        this.#call(life, () => ({ bytesWritten: this.#write(inode, Buffer.concat(buffers), position) })),
      truncate: (length) => this.#call(life, () => this.#change(inode, { kind: 'truncate', length })),
      datasync: () =>
        this.#call(life, () => {
          if (hasFailed) this.syncRetries++
          hasFailed = this.#random() < this.faults.failedSync
          if (!hasFailed) inode.durable = Buffer.from(inode.visible)
          inode.pending = []
          if (hasFailed) throw errorOf('EIO')
        }),
      close: () => this.#call(life, () => undefined),
    }
  }

  #write(inode: Inode, bytes: Buffer, at: number): number {
    if (this.#random() < this.faults.failedWrite) throw errorOf('EIO')
    const growth = Math.max(0, at + bytes.length - inode.visible.length)
    const room = Math.max(0, this.capacity - this.bytes)
    const fitting = growth <= room ? bytes.length : bytes.length - growth + room
    if (fitting <= 0) throw errorOf('ENOSPC')
    const isShort = this.#random() < this.faults.shortWrite
    const count = isShort ? 1 + Math.floor(this.#random() * fitting) : fitting
    this.#change(inode, { kind: 'write', at, bytes: Buffer.from(bytes.subarray(0, count)) })
    return count
  }

  #change(inode: Inode, change: Change): void {
    inode.visible = changed(inode.visible, change)
    inode.pending.push(change)
  }

  /** Brings a share of the sectors of a change to the platter. */
  #persist(inode: Inode, change: Change, share: number): void {
    if (change.kind === 'truncate') {
      if (this.#random() < share) inode.durable = changed(inode.durable, change)
      return
    }
    const { at, bytes } = change
    for (let start = 0, end; start < bytes.length; start = end) {
      end = Math.min(bytes.length, (Math.floor((at + start) / SECTOR) + 1) * SECTOR - at)
      if (this.#random() >= share) continue
      if (at + end > inode.durable.length) inode.durable = padded(inode.durable, at + end)
      inode.durable.set(bytes.subarray(start, end), at + start)
    }
  }

  #create(path: string, life: number): LogFile {
    if (this.#visible.has(path)) throw errorOf('EEXIST')
    const inode: Inode = { visible: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [], links: 1 }
    this.#enter({ path, inode })
    return this.#descriptor(inode, life)
  }

  #remove(path: string): void {
    this.#inode(path).links = 0
    this.#enter({ path, inode: undefined })
  }

  #enter(entry: Entry): void {
    apply(this.#visible, entry)
    this.#pendingEntries.push(entry)
  }

  #syncFolder(): void {
    if (this.#random() < this.faults.failedSync) throw errorOf('EIO')
    this.#durable = new Map(this.#visible)
    this.#pendingEntries = []
  }

  #inode(path: string): Inode {
    const inode = this.#visible.get(path)
    if (inode === undefined) throw errorOf('ENOENT')
    return inode
  }
}

function apply(entries: Map<string, Inode>, { path, inode }: Entry): void {
  if (inode === undefined) entries.delete(path)
  else entries.set(path, inode)
}

function changed(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') {
    return change.length <= content.length ? content.subarray(0, change.length) : padded(content, change.length)
  }
  const result = padded(content, Math.max(content.length, change.at + change.bytes.length))
  result.set(change.bytes, change.at)
  return result
}

function padded(content: Buffer, length: number): Buffer {
  const result = Buffer.alloc(length)
  result.set(content)
  return result
}

function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code })
}

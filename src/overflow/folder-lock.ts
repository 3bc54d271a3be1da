import { randomBytes } from 'node:crypto'
import { link, open, readdir, readFile, readlink, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { SluiceError } from '../core/errors.ts'
import { errnoOf } from '../kit/errno.ts'
import { overflowError, systemError } from './errors.ts'
import { makeFolder } from './log/files.ts'

/** Where a process runs: ids of processes mean something within one boot and one space only. Empty is what isn't told. */
export interface Place {
  /** Of the machine, or of the container. */
  readonly host: string
  readonly boot: string
  /** The space of process ids: each container has one of its own, in which its first process is 1. */
  readonly space: string
}

/** Who has a folder: a process id is used again, but not with the same start at the same place. */
interface Owner extends Place {
  readonly pid: number
  /** When the process started, in ticks of the clock since the boot; empty where the system doesn't tell. */
  readonly startedAt: string
  /** Wall clock, for people. */
  readonly since: string
}

/** What a lock wants to know of processes. */
export interface Processes {
  readonly pid: number
  place(): Promise<Place>
  /** When a process started; undefined where there is none. */
  startOf(pid: number): Promise<string | undefined>
}

export const realProcesses: Processes = {
  pid: process.pid,
  place: async () => ({
    host: hostname(),
    boot: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim(),
    space: await readlink('/proc/self/ns/pid').catch(() => ''),
  }),
  startOf: async (pid) => {
    if (!isRunning(pid)) return undefined
    // The name in brackets may have spaces and brackets; the start is the 20th field behind it.
    const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  },
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
}

export interface FolderLock {
  release(): Promise<void>
}

const NAME = /^lock[.](\d+)$/
const RELEASED = 'released'
/** Tries, each lost to somebody who took the lock and gave it back meanwhile. */
const MOST_TRIES = 100

/**
 * Takes a folder for this process, once: whoever else asks is told who has it. The lock of a process that is no more is
 * taken over.
 *
 * Each lock is a file `lock.<n>`, the highest counts, and a file is never written over: so of two that take over the same
 * lock one fails. It stays when the lock is given back, because its number must not be used again.
 *
 * (Node has no `flock`. Of processes of other machines and containers nothing is known, so that what they have stays
 * theirs until they give it back. One of the same name is taken for the same, started again: containers that share the
 * name of their host need a folder each.)
 *
 * @throws SLUICE_LOG_LOCKED, SLUICE_LOG_FORBIDDEN, SLUICE_LOG_UNUSABLE, SLUICE_LOG_FULL_DISK
 */
export async function lockFolder(folder: string, processes: Processes = realProcesses): Promise<FolderLock> {
  try {
    await makeFolder(folder)
    const me = await ownerOf(processes)
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const number = await take(folder, me, processes)
      if (number === undefined) continue
      return { release: () => release(folder, number) }
    }
  } catch (error) {
    throw systemError('SLUICE_LOG_UNUSABLE', `cannot lock "${folder}"`, error)
  }
  throw overflowError('SLUICE_LOG_LOCKED', `"${folder}" is fought for by other processes`)
}

async function ownerOf(processes: Processes): Promise<Owner> {
  const startedAt = (await processes.startOf(processes.pid)) ?? ''
  return { pid: processes.pid, startedAt, ...(await processes.place()), since: new Date().toISOString() }
}

/** @returns the number of the lock; undefined where somebody else was faster. */
async function take(folder: string, me: Owner, processes: Processes): Promise<number | undefined> {
  const highest = (await locksIn(folder)).at(-1) ?? 0
  if (highest > 0) await checkStale(folder, highest, processes)
  const number = highest + 1
  if (!(await claim(folder, number, JSON.stringify(me)))) return undefined
  const locks = await locksIn(folder)
  // Whoever looked a long time ago may have got a number that was taken and cleared away since.
  if (locks.at(-1) !== number) {
    await unlink(pathOf(folder, number)).catch(() => undefined)
    return undefined
  }
  for (const old of locks.slice(0, -1)) await unlink(pathOf(folder, old)).catch(() => undefined)
  return number
}

async function locksIn(folder: string): Promise<number[]> {
  const numbers = (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? [])
  return numbers.map(Number).toSorted((a, b) => a - b)
}

const pathOf = (folder: string, number: number): string => join(folder, `lock.${number}`)

async function checkStale(folder: string, number: number, processes: Processes): Promise<void> {
  const text = await readFile(pathOf(folder, number), 'utf8').catch(() => RELEASED)
  const here = await processes.place()
  const owner = text === RELEASED ? undefined : ownerIn(text, here)
  if (owner === undefined) return
  if (owner.boot !== here.boot || owner.space !== here.space) {
    if (owner.host === here.host) return // It was started again since: nothing of what ran there is left.
    throw elsewhere(folder, number, owner)
  }
  const startedAt = await processes.startOf(owner.pid)
  if (startedAt === undefined || startedAt !== owner.startedAt) return
  const who = owner.pid === processes.pid ? 'this process' : `process ${owner.pid}`
  throw overflowError('SLUICE_LOG_LOCKED', `"${folder}" is held by ${who} since ${owner.since}`)
}

function elsewhere(folder: string, number: number, { pid, host, since }: Owner): SluiceError {
  const who = `process ${pid} of another machine or container, "${host}", since ${since}`
  const way = `if that runs no more, which can't be seen from here, empty the file lock.${number} there`
  return overflowError('SLUICE_LOG_LOCKED', `"${folder}" is held by ${who}; ${way}`)
}

/** A file without an owner is what a power cut has left. What an owner doesn't say of its place is taken to be as here. */
function ownerIn(text: string, here: Place): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Owner | null
    return owner === null ? undefined : { ...here, ...owner }
  } catch {
    return undefined
  }
}

/** Makes a file that has its whole text at once. @returns false where there is one already. */
async function claim(folder: string, number: number, text: string): Promise<boolean> {
  const draft = join(folder, `lock-${randomBytes(8).toString('hex')}.draft`)
  await write(draft, text)
  try {
    await link(draft, pathOf(folder, number))
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft).catch(() => undefined)
  }
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o640)
  try {
    await file.writeFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Written over in place, which is as good as at once: half of it is no owner either. */
async function release(folder: string, number: number): Promise<void> {
  const file = await open(pathOf(folder, number), 'r+').catch(() => undefined)
  if (file === undefined) return
  try {
    await file.truncate()
    await file.writeFile(RELEASED)
  } finally {
    await file.close()
  }
}

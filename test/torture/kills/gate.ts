import { connect, type Socket } from 'node:net'
import { open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { defineStage, duration } from 'sluice'
import { z } from 'zod'

/** An open gate lets so many pass at once, and as many again after each pause: what a commit leaves out stays few. */
const AT_ONCE = 200
const EVERY_MS = 10

interface Disk {
  datasync(): Promise<void>
  read(...args: unknown[]): Promise<unknown>
}

/** Lets each sync and each read of this process take longer, as a disk does that is busy: half before, half after. */
async function slowDown(diskMs: number): Promise<void> {
  const handle = await open(fileURLToPath(import.meta.url))
  const prototype = Object.getPrototypeOf(handle) as Disk
  await handle.close()
  for (const name of ['datasync', 'read'] as const) {
    const quick = prototype[name] as (...args: unknown[]) => Promise<void>
    prototype[name] = async function slow(this: Disk, ...args: unknown[]) {
      await pause(diskMs / 2)
      const result = await quick.apply(this, args)
      await pause(diskMs / 2)
      return result
    }
  }
}

/**
 * A stage that stands still until its keeper, at the other end of a connection, lets messages pass: so many, or all.
 * Each is marked with the run of the daemon that it passed in.
 */
export default defineStage({
  name: 'gate',
  summary: 'Lets messages pass when its keeper says so.',
  io: true,
  options: z.strictObject({
    port: z.coerce.number().describe('Where its keeper listens.'),
    run: z.coerce.number().describe('Which start of the daemon this is.'),
    disk: duration().describe('How much longer each sync and each read of the disk takes.'),
  }),
  create: ({ port, run, disk }, { clock }) => {
    let keeper: Socket | undefined
    let isOpen = false
    let allowance = 0
    const waiting: (() => void)[] = []

    function letPass(): void {
      while (allowance > 0 && waiting.length > 0) {
        allowance--
        waiting.shift()!()
      }
    }

    function refill(): void {
      if (!isOpen) return
      allowance = AT_ONCE
      letPass()
      clock.after(EVERY_MS, refill)
    }

    function hear(word: string): void {
      const wasOpen = isOpen
      isOpen = word === 'open'
      if (isOpen && !wasOpen) refill()
      else if (!isOpen) {
        allowance = Number(word)
        letPass()
      }
    }

    return {
      async open() {
        if (disk > 0) await slowDown(disk)
        keeper = connect(port, '127.0.0.1').setEncoding('utf8')
        keeper.on('data', (text: string) => text.split('\n').slice(0, -1).forEach(hear))
        keeper.on('error', () => {}) // Whoever keeps the gate has ended, and this process will soon.
      },
      map: (data: object) =>
        new Promise((resolve) => {
          waiting.push(() => resolve({ ...data, run }))
          letPass()
        }),
      stop: () => void keeper?.destroy(),
    }
  },
})

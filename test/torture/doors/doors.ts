import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../../../src/kit/seeded-random.ts'
import { SluiceProcess, until } from '../../e2e/process.ts'
import type { Door } from './door.ts'
import type { DoorReport } from './door-report.ts'
import { fileDoor } from './file-door.ts'
import { queueDoor } from './queue-door.ts'
import { streamDoor } from './stream-door.ts'

const DOORS = { 'redis-stream': streamDoor, bullmq: queueDoor, file: fileDoor } as const
export type DoorName = keyof typeof DOORS
export const DOOR_NAMES = Object.keys(DOORS) as readonly DoorName[]

/** Given in before each kill. */
const PER_KILL = 1000
/** After each so many kills of a daemon its server is killed as well. */
const SERVER_EVERY = 4

export interface DoorOptions {
  readonly door: DoorName
  readonly kills: number
  readonly seed: number
  /** Where the config goes, and what is read and written where that is files. */
  readonly folder: string
  readonly onKill?: (kills: number) => void
}

/** Daemons of one config, each of which is killed now and then, and started again. */
class Daemons {
  readonly #cwd: string
  readonly #running = new Map<string, SluiceProcess>()

  constructor(cwd: string, pipeline: string) {
    this.#cwd = cwd
    writeFileSync(join(cwd, 'door.yaml'), pipeline)
  }

  start(name: string): void {
    const env = { DAEMON: name, SLUICE_DATA_DIR: join(this.#cwd, name) }
    this.#running.set(name, new SluiceProcess(['run', 'door.yaml', '--admin-port', '0'], { cwd: this.#cwd, env }))
  }

  async isRunning(name: string): Promise<void> {
    await this.#running.get(name)!.isRunning()
  }

  async kill(name: string): Promise<void> {
    await this.#running.get(name)!.kill()
  }

  async close(): Promise<void> {
    for (const process of this.#running.values()) await process.kill()
  }

  get stderr(): string {
    return [...this.#running.values()].map(({ stderr }) => stderr).join('\n')
  }
}

/** Kills daemons while numbers go in, and their server; then looks whether all have come out. */
export async function tortureDoor({ door: name, kills, seed, folder, onKill }: DoorOptions): Promise<DoorReport> {
  mkdirSync(folder, { recursive: true })
  const random = seededRandom(seed)
  const door = await DOORS[name](folder)
  const daemons = new Daemons(folder, door.pipeline)
  let serverKills = 0
  let bound = 0
  try {
    for (const each of door.daemons) daemons.start(each)
    for (let kill = 0; kill < kills; kill++) {
      const victim = door.daemons[Math.floor(random() * door.daemons.length)]!
      await daemons.isRunning(victim)
      await door.add(kill * PER_KILL, PER_KILL)
      const enough = (kill + random()) * PER_KILL
      await until(
        async () => (await door.count()) >= enough,
        () => `${enough} to come out of ${name}:\n${daemons.stderr}`,
      )
      await daemons.kill(victim)
      bound += await door.mayComeAgain()
      if (door.restart !== undefined && kill % SERVER_EVERY === SERVER_EVERY - 1) {
        await door.restart()
        serverKills++
      }
      // Of several the last one that was killed stays dead: another takes over what it had.
      if (kill < kills - 1 || door.daemons.length === 1) daemons.start(victim)
      onKill?.(kill + 1)
    }
    const entries = kills * PER_KILL
    await settled(door, entries, daemons)
    return judged({ door: name, seed, kills, serverKills, entries, bound, folder }, await door.numbers())
  } finally {
    await daemons.close()
    await door.close()
  }
}

async function settled(door: Door, entries: number, daemons: Daemons): Promise<void> {
  let before = -1
  for (;;) {
    const count = await door.count()
    if (await door.isSettled(entries)) return
    // As long as there is some progress.
    await until(
      async () => (await door.count()) > count || (await door.isSettled(entries)),
      () => `an end, with ${count} of ${entries} come out, ${before} before:\n${daemons.stderr}`,
    )
    before = count
  }
}

type Told = Omit<DoorReport, 'delivered' | 'lost' | 'twice' | 'violations'>

function judged(told: Told, numbers: readonly number[]): DoorReport {
  const seen = new Set(numbers)
  const lost = Array.from({ length: told.entries }, (_, number) => number).filter((number) => !seen.has(number))
  const foreign = [...seen].filter((number) => !(number >= 0 && number < told.entries))
  const twice = numbers.length - seen.size
  const violations = [
    ...lost.map((number) => `${number} went in, and has not come out`),
    ...foreign.map((number) => `${number} has come out, and never went in`),
    ...(twice > told.bound ? [`${twice} came out again, more than the ${told.bound} that the kills explain`] : []),
  ]
  return { ...told, delivered: numbers.length, lost: lost.length, twice, violations }
}

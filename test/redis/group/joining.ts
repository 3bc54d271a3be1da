import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Group } from '../../../src/core/group.ts'
import { joinGroup, type JoinGroupOptions } from '../../../src/redis/group/join.ts'
import { until } from '../../e2e/process.ts'
import { keptLog, type KeptLog } from '../connecting.ts'

const JOB = fileURLToPath(new URL('./member-job.ts', import.meta.url))
/** So that servers that are gone are found out soon. */
const FAST = { connectTimeout: '1s', commandTimeout: '300ms' }

/** A member, and what it got. */
export interface TestMember {
  readonly group: Group
  readonly got: unknown[]
  readonly log: KeptLog
}

type Given = Partial<Omit<JoinGroupOptions, 'redis'>> & { readonly redis?: JoinGroupOptions['redis'] }

/** Joins the group `shops`, and leaves it with the test. */
export async function member(url: string, name: string, options: Given = {}): Promise<TestMember> {
  const got: unknown[] = []
  const log = keptLog()
  const onMessage = (data: unknown): void => void got.push(data)
  const group = await joinGroup({
    name: 'shops',
    member: name,
    log,
    onMessage,
    ...options,
    redis: { url, ...FAST, ...options.redis },
  })
  onTestFinished(() => group.leave())
  return { group, got, log }
}

/** Resolves when a member has got so many messages. */
export async function received({ got, log }: TestMember, count: number): Promise<void> {
  await until(
    () => got.length >= count,
    () => `${count} messages, there are ${JSON.stringify(got)}:\n${log.lines.join('\n')}`,
  )
}

/** Resolves when these are the members. */
export async function membersAre({ group }: TestMember, names: readonly string[]): Promise<void> {
  let seen: readonly string[] = []
  await until(
    async () => {
      seen = (await group.members()).map(({ name }) => name)
      return seen.join() === names.join()
    },
    () => `the members ${names.join()}; there are ${seen.join()}`,
  )
}

/** A member in a process of its own. */
export class MemberProcess {
  output = ''
  readonly #process: ChildProcess

  constructor(url: string, name: string, ttl = '600ms') {
    this.#process = spawn(process.execPath, ['node_modules/.bin/jiti', JOB, url, name, ttl], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    onTestFinished(() => this.kill())
  }

  /** What it has printed, one line for each. */
  get lines(): string[] {
    return this.output.split('\n').slice(0, -1)
  }

  async printed(line: string): Promise<void> {
    await until(
      () => this.lines.includes(line),
      () => `the line ${line}:\n${this.output}`,
    )
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}

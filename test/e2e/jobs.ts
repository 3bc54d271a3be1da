import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { post, type Answer } from './clients.ts'
import { folder, sluice, Sluice, until, within, type Ended } from './sluice.ts'

/** What the place behind the pipeline does with a job: it does it, can't be reached, refuses it, or doesn't come back. */
export type Mode = 'works' | 'down' | 'bad' | 'hangs'

interface Settings {
  /** Of the consumer; 5 attempts with an hour between them where nothing is said. */
  readonly settings?: string
  readonly stopTimeout?: string
  /** The name of the consumer. */
  readonly node?: string
}

function program({
  settings = "{ retry: { attempts: 5, backoff: { initial: '1h', max: '1h' } } }",
  ...rest
}: Settings) {
  const { stopTimeout = '500ms', node = 'place' } = rest
  return `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { definePipeline, messageError, placeError } from 'sluice'
import { each, letters } from 'sluice/consumers'
import { http } from 'sluice/producers'

const mode = () => readFileSync(new URL('mode', import.meta.url), 'utf8')
const note = (file, text) => appendFileSync(new URL(file, import.meta.url), text + '\\n')

export default definePipeline('jobs', (p) => {
  const ingress = p.producer('ingress', http({ port: 0, path: '/jobs' }))
  const work = each(async ({ id }) => {
    note('calls', id)
    if (mode() === 'down') throw placeError('DOWN', 'nobody listens')
    if (mode() === 'bad') throw messageError('BAD', 'no such job')
    while (mode() === 'hangs') await setTimeout(20)
    note('done', id)
  })
  p.consumer('${node}', ingress, work, ${settings})
  p.deadLetters(letters({ limit: '1MiB' }))
}, { stopTimeout: '${stopTimeout}' })
`
}

/** A folder with a pipeline whose consumer does what the test says, and with what it has done. */
export class Jobs {
  readonly folder = folder()

  constructor(settings: Settings = {}) {
    this.define(settings)
    this.become('works')
  }

  define(settings: Settings): void {
    writeFileSync(join(this.folder, 'jobs.mjs'), program(settings))
  }

  become(mode: Mode): void {
    writeFileSync(join(this.folder, 'mode'), mode)
  }

  /** Ids of jobs, as often as they were done. */
  get done(): readonly string[] {
    return this.#lines('done')
  }

  /** Ids of letters, while it doesn't run. */
  async left(): Promise<string[]> {
    const store = join(this.folder, '.sluice/jobs/dead-letters')
    return idsIn(await sluice(['dead-letters', 'list', '--json', '--folder', store]))
  }

  /** Ids of jobs, as often as they were tried. */
  get calls(): readonly string[] {
    return this.#lines('calls')
  }

  /** @param limit the largest file that it may write, in KiB. */
  async run(limit?: number): Promise<RunningJobs> {
    const env = { XDG_CACHE_HOME: join(this.folder, 'cache') }
    const args = ['run', join(this.folder, 'jobs.mjs'), '--admin-port', '0']
    const process = new Sluice(args, { env, cwd: this.folder, ...(limit === undefined ? {} : { fileLimit: limit }) })
    const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
    const { health } = await process.isRunning()
    return new RunningJobs(process, url as string, health as string)
  }

  #lines(name: string): readonly string[] {
    const path = join(this.folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  }
}

function idsIn({ stdout }: Ended): string[] {
  const { letters } = JSON.parse(stdout) as { letters: { id: string }[] }
  return letters.map(({ id }) => id)
}

interface Health {
  readonly unacked: number
  readonly lettersPending: number
  readonly circuits: readonly { readonly node: string }[]
  readonly troubles: readonly { readonly kind: string; readonly node: string; readonly message: string }[]
}

export class RunningJobs {
  readonly process: Sluice
  readonly #url: string
  readonly #health: string

  constructor(process: Sluice, url: string, health: string) {
    this.process = process
    this.#url = url
    this.#health = health
  }

  send(id: string, text = ''): Promise<Answer> {
    return post(this.#url, JSON.stringify({ id, text }), { key: id })
  }

  /** The command for dead letters, asking this process. */
  letters(...args: string[]): Promise<Ended> {
    return sluice(['dead-letters', ...args, '--admin', new URL(this.#health).port])
  }

  async ids(): Promise<string[]> {
    return idsIn(await this.letters('list', '--json'))
  }

  async health(): Promise<Health> {
    const { pipelines } = (await (await fetch(this.#health)).json()) as { pipelines: Health[] }
    return pipelines[0]!
  }

  /** Resolves when its health is as a test wants it. */
  async becomes(wanted: (health: Health) => boolean, what: string): Promise<void> {
    await until(
      async () => wanted(await this.health()),
      () => `${what}:\n${this.process.stderr}`,
    )
  }

  async stop(): Promise<Ended> {
    this.process.send('SIGTERM')
    return await within(this.process.ended, () => `the end:\n${this.process.stderr}`)
  }
}

import type { Queue } from 'bullmq'
import type { SluiceError } from '../../core/errors.ts'
import type { JobDraft } from './drafts.ts'
import { loadBull } from './library.ts'
import type { BullQueueOptions } from './options.ts'
import { QueueClients, type BullWorld } from './queue-clients.ts'

/** BullMQ's own queue, to which jobs are added. */
export class JobQueue {
  readonly #clients: QueueClients
  readonly #queue: Queue

  private constructor(clients: QueueClients, queue: Queue) {
    this.#clients = clients
    this.#queue = queue
    // Without a listener it would be thrown; whoever adds is told.
    queue.on('error', () => {})
  }

  /** @throws SLUICE_BULLMQ_MISSING and what connecting throws */
  static async open(options: BullQueueOptions, world: BullWorld): Promise<JobQueue> {
    const bull = await loadBull()
    const clients = await QueueClients.open(options, world)
    const { queue, prefix } = options
    // What others have set for the queue stays as it is.
    const settings = { connection: {}, prefix, skipWaitingForReady: true, skipMetasUpdate: true }
    const opened = new JobQueue(clients, new bull.Queue(queue, settings, clients.backend(bull)))
    try {
      await opened.#queue.waitUntilReady()
      return opened
    } catch (error) {
      await opened.close()
      throw opened.failure(error, 'connecting')
    }
  }

  /**
   * Adds jobs in one go; one whose id is there already isn't added.
   *
   * @returns for each why it isn't there; undefined where it is
   * @throws TypeError where data can't be written as JSON: then none was sent. What a command to Redis may meet: then some
   *   may have been added
   */
  async add(drafts: readonly JobDraft[]): Promise<readonly (string | undefined)[]> {
    await this.#clients.ready()
    try {
      const added = await this.#queue.addBulk([...drafts])
      return added.map(({ id }, index) => refusalOf(id, drafts[index]!))
    } catch (error) {
      if (error instanceof TypeError) throw error
      throw this.failure(error, 'adding jobs')
    }
  }

  /** @throws while the server doesn't answer */
  health(): Promise<void> {
    return this.#clients.health()
  }

  failure(error: unknown, action: string): SluiceError {
    return this.#clients.failure(error, `${action} to the queue "${this.#queue.name}"`)
  }

  async close(): Promise<void> {
    await this.#queue.close()
    await this.#clients.close()
  }
}

/** What a queue gives instead of an id. */
const NO_PARENT = -5
const OTHER_PARENT = -7

/** An id is a text, also where it looks like a number. */
function refusalOf(id: unknown, { opts: { jobId, parent } }: JobDraft): string | undefined {
  if (typeof id !== 'number') return undefined
  const asked = `${parent?.queue}:${parent?.id}`
  if (id === NO_PARENT) return `there is no job ${asked} to be its parent`
  if (id === OTHER_PARENT) return `job ${jobId} is there already, and has another parent than ${asked}`
  return `the queue refused it (${id})`
}

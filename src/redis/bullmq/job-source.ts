import type { JobProgress } from 'bullmq'
import type { ProducerContext, Receipt, ReceiptProducerHandlers } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import { JobIntake } from './job-intake.ts'
import type { HeldJob } from './job-worker.ts'
import type { BullSourceOptions } from './options.ts'
import { holdsJobs, type JobHolder } from './progress.ts'

/** The jobs of a queue as messages. */
export class JobSource implements ReceiptProducerHandlers, JobHolder {
  readonly #options: BullSourceOptions
  readonly #context: ProducerContext
  readonly #given = new Map<Message, HeldJob>()
  #intake: JobIntake | undefined
  #withdraw: () => void = () => {}

  constructor(options: BullSourceOptions, context: ProducerContext) {
    this.#options = options
    this.#context = context
  }

  async open(): Promise<void> {
    this.#intake = await JobIntake.open(this.#options, this.#context)
    this.#withdraw = holdsJobs(this)
  }

  progress(message: Message, value: JobProgress): Promise<boolean> | undefined {
    const held = this.#given.get(message)
    return held && this.#intake!.progress(held, value)
  }

  async handleDemand(count: number): Promise<readonly Message[]> {
    const jobs = await this.#intake!.take(count)
    return jobs.map((held) => this.#message(held))
  }

  async settle(receipts: readonly Receipt[]): Promise<void> {
    // In reverse, which keeps the order of those that are given back: the last of them is the first to be fetched.
    await Promise.all(receipts.toReversed().map((receipt) => this.#settle(receipt)))
  }

  drain(): void {
    this.#intake!.drain()
  }

  async stop(): Promise<void> {
    this.#withdraw()
    await this.#intake?.close()
  }

  #message(held: HeldJob): Message {
    const { id, data, name, timestamp, attemptsMade, parentKey } = held.job
    const message = this.#context.message<unknown>(data, {
      position: id!,
      // Whoever wrote the job may have left out what BullMQ itself always writes.
      ...(Number.isFinite(timestamp) && { time: timestamp }),
      attempt: attemptsMade + 1,
      headers: {
        'bullmq-name': name ?? '',
        'bullmq-queue': this.#options.queue,
        ...(parentKey !== undefined && { 'bullmq-parent': parentKey }),
      },
    })
    this.#given.set(message, held)
    return message
  }

  async #settle(receipt: Receipt): Promise<void> {
    const held = this.#given.get(receipt.message)
    if (held === undefined) return
    this.#given.delete(receipt.message)
    await this.#intake!.finish(held, receipt)
  }
}

import type { CallInfo, ProducerContext, Receipt, ReceiptProducerHandlers } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import { JobIntake } from './job-intake.ts'
import type { HeldJob } from './job-worker.ts'
import type { BullSourceOptions } from './options.ts'

/** The jobs of a queue as messages. */
export class JobSource implements ReceiptProducerHandlers {
  readonly #options: BullSourceOptions
  readonly #context: ProducerContext
  readonly #given = new Map<Message, HeldJob>()
  #intake: JobIntake | undefined

  constructor(options: BullSourceOptions, context: ProducerContext) {
    this.#options = options
    this.#context = context
  }

  async open(): Promise<void> {
    this.#intake = await JobIntake.open(this.#options, this.#context)
  }

  async handleDemand(count: number, { signal }: CallInfo): Promise<readonly Message[]> {
    const jobs = await this.#intake!.take(count, signal)
    return jobs.map((held) => this.#message(held))
  }

  async settle(receipts: readonly Receipt[]): Promise<void> {
    await Promise.all(receipts.map((receipt) => this.#settle(receipt)))
  }

  drain(): void {
    this.#intake!.drain()
  }

  async stop(): Promise<void> {
    await this.#intake?.close()
  }

  #message(held: HeldJob): Message {
    const { job } = held
    const headers = { 'bullmq-name': job.name, 'bullmq-queue': this.#options.queue }
    const message = this.#context.message<unknown>(job.data, {
      position: job.id!,
      time: job.timestamp,
      attempt: job.attemptsMade + 1,
      headers: job.parentKey === undefined ? headers : { ...headers, 'bullmq-parent': job.parentKey },
    })
    this.#given.set(message, held)
    return message
  }

  async #settle(receipt: Receipt): Promise<void> {
    const held = this.#given.get(receipt.message)
    if (held === undefined) return
    await this.#intake!.finish(held, receipt)
    this.#given.delete(receipt.message)
  }
}

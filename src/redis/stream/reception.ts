import type { ProducerContext } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { utf8Text } from '../../kit/utf8.ts'
import { decode, invalid, isDoubtful, type Entry, type Reading } from './entry.ts'
import type { FailedEntries } from './failed-entries.ts'
import type { StreamGroup } from './group.ts'
import type { InFlight } from './in-flight.ts'
import type { Patience } from '../patience.ts'

interface World {
  readonly context: ProducerContext
  readonly reading: Reading
  readonly stream: string
  readonly group: StreamGroup
  readonly inFlight: InFlight
  readonly failed: FailedEntries
  readonly patience: Patience
}

/** Makes messages of the entries that a consumer was given. */
export class Reception {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** Messages of entries; those that can't be read fail, and those that are gone are told. */
  async messagesOf(entries: readonly Entry[]): Promise<Message[]> {
    const messages: Message[] = []
    const deleted: string[] = []
    for (const [id, fields] of entries) {
      if (fields === null) {
        deleted.push(id)
        this.#world.failed.ended(id)
      } else {
        const made = isDoubtful(fields) ? await this.#looked(id, fields) : this.#made(id, fields)
        if (!(made instanceof SluiceError)) messages.push(made)
        else await this.#refuse(id, made)
      }
    }
    this.tellLost(deleted)
    if (deleted.length > 0)
      await this.#world.patience.insist('acknowledge', () => this.#world.group.ack(deleted, deleted))
    return messages
  }

  #made(id: string, fields: readonly string[]): Message | SluiceError {
    const attempt = this.#world.failed.failuresOf(id) + 1
    const decoded = decode(fields, this.#world.reading, { position: id, attempt })
    if (decoded instanceof SluiceError) return decoded
    const message = this.#world.context.message(decoded.data, decoded.details)
    this.#world.inFlight.given(message, id)
    return message
  }

  /** The same of one whose texts may stand for bytes that are no UTF-8. */
  async #looked(id: string, fields: readonly string[]): Promise<Message | SluiceError> {
    const bytes = await this.#bytesOf(id)
    return bytes.every((each) => utf8Text(each) !== undefined) ? this.#made(id, fields) : invalid('it is not UTF-8')
  }

  /** An entry that is none of ours fails here, with its bytes as its data. */
  async #refuse(id: string, { message: text, cause }: SluiceError): Promise<void> {
    const bytes = await this.#bytesOf(id)
    const pairs = bytes.flatMap((name, at) =>
      at % 2 === 0 ? [[name.toString('latin1'), bytes[at + 1]!] as const] : [],
    )
    const attempt = this.#world.failed.failuresOf(id) + 1
    const message = this.#world.context.message(Object.fromEntries(pairs), { position: id, attempt })
    this.#world.inFlight.given(message, id)
    this.#world.context.metrics.add('invalid')
    this.#world.context.fail(message, invalid(`the entry ${id} of "${this.#world.stream}": ${text}`, cause))
  }

  /** Asked for until there is an answer: what was read with it is not known to anybody else. */
  async #bytesOf(id: string): Promise<readonly Buffer[]> {
    let bytes: readonly Buffer[] | undefined
    await this.#world.patience.insist('look at an entry', async () => (bytes = await this.#world.group.bytesOf(id)))
    return bytes ?? []
  }

  /** Nobody gets them any more. @param missed how many more of which nobody knows the ids */
  tellLost(ids: readonly string[], missed = 0): void {
    const entries = ids.length + missed
    if (entries === 0) return
    this.#world.context.metrics.add('lost', entries)
    const named = ids.length === 0 ? '' : `: ${ids.slice(0, 10).join(', ')}`
    this.#world.context.log.error(
      `entries were deleted from "${this.#world.stream}" before they were delivered${named}`,
      {
        entries,
      },
    )
  }
}

import type { Message } from '../../core/message.ts'
import { DetailColumns } from './detail-columns.ts'
import { USUAL } from './details.ts'
import type { FrameBody } from './frame-body.ts'
import { HEADER_BYTES } from './frame-header.ts'
import { TextColumn } from './text-column.ts'

/** Of the names of the columns, and of the header of a frame. */
const FIXED_BYTES = HEADER_BYTES + 200

/** What messages of a frame carry beside their data, column by column. */
export class FrameColumns {
  readonly #ids = new TextColumn()
  readonly #keys = new TextColumn()
  readonly #details = new DetailColumns()

  /** What they take as JSON, about; never much less. */
  get bytes(): number {
    return FIXED_BYTES + this.#ids.bytes + this.#keys.bytes + this.#details.bytes
  }

  /** Most that they take when a message has come to them. */
  bytesWith(message: Message, id: string): number {
    const textBytes = Buffer.byteLength(id) + Buffer.byteLength(message.key ?? '')
    return this.bytes + textBytes + this.#details.bytesFor(message)
  }

  add(message: Message, id: string): void {
    this.#ids.push(id)
    this.#keys.push(message.key)
    this.#details.add(message)
  }

  written(): Omit<FrameBody, 'data'> {
    const keys = this.#keys.written()
    return { ids: this.#ids.written(), ...(keys === null ? {} : { keys }), ...this.#details.written(USUAL) }
  }
}

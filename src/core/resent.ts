import { FRESH, Message, type Envelope } from './message.ts'

/** What a message is made again of. */
export interface Resendable {
  readonly id: string
  readonly data: unknown
  readonly key: string | undefined
  /** 256 by default. */
  readonly sizeBytes?: number | undefined
}

/** A message that has the id that it was given before, whoever made that; a batch of these is settled as a whole. */
export class Resent extends Message {
  readonly #id: string
  readonly #parts: readonly Message[] | undefined

  constructor(
    { id, data, key, sizeBytes }: Resendable,
    envelope: Envelope,
    { parts, stamp = FRESH }: { readonly parts?: readonly Message[] | undefined; readonly stamp?: number } = {},
  ) {
    super(data, key, id, envelope, sizeBytes)
    this.stamp = stamp
    this.#id = id
    this.#parts = parts
  }

  override get id(): string {
    return this.#id
  }
  override get parts(): readonly Message[] | undefined {
    return this.#parts
  }
}

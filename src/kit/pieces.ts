import { SluiceError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'

/** What is stored by itself: a message, or a part of a batch. */
export interface Piece {
  readonly message: Message
  /** What it came in; its own message where that is no batch. */
  readonly of: Message
  /** Its place in that. */
  readonly part: number | undefined
}

/**
 * Messages one by one: of a batch its parts, each with its own identity and its value of the batch's data (A12).
 *
 * @param failed told of batches whose data has another length.
 */
export function piecesOf(messages: readonly Message[], failed: (message: Message, error: Error) => void): Piece[] {
  const pieces: Piece[] = []
  for (const message of messages) {
    if (message.parts === undefined) pieces.push({ message, of: message, part: undefined })
    else addParts(pieces, message, failed)
  }
  return pieces
}

function addParts(pieces: Piece[], batch: Message, failed: (message: Message, error: Error) => void): void {
  const { parts = [], data } = batch
  if (!Array.isArray(data) || data.length !== parts.length) {
    const found = Array.isArray(data) ? `an array of ${data.length}` : `a value of type ${typeof data}`
    return failed(
      batch,
      new SluiceError('SLUICE_BATCH_LENGTH', `a batch of ${parts.length} messages came back as ${found}`),
    )
  }
  for (const [index, part] of parts.entries()) {
    const message = part.data === data[index] ? part : part.with<unknown>(data[index])
    pieces.push({ message, of: batch, part: index })
  }
}

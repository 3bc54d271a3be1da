import type { Message } from '../core/message.ts'
import { jsonLine } from './ndjson.ts'
import { piecesOf, type Piece } from './pieces.ts'

/** What is written by itself, and its data as JSON. */
export interface TextPiece extends Piece {
  readonly json: string
}

/** Messages, and parts of batches, as texts; what can't be written is failed and left out. */
export function textsOf(
  messages: readonly Message[],
  fail: (message: Message, error: unknown, part?: number) => void,
): TextPiece[] {
  const texts: TextPiece[] = []
  for (const piece of piecesOf(messages, fail)) {
    try {
      texts.push({ ...piece, json: jsonLine(piece.message.data).slice(0, -1) })
    } catch (error) {
      fail(piece.of, error, piece.part)
    }
  }
  return texts
}

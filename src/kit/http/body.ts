import type { IncomingMessage } from 'node:http'
import { BodyTurns } from './body-turns.ts'
import { refusal } from './refusal.ts'

/** The client has gone before its request was whole; nobody is there to be answered. */
export class HangUp extends Error {
  override readonly name = 'HangUp'
}

/** Is told what became of a body: exactly one of both, once. */
export interface BodyListener {
  onBody(body: Buffer): void
  /** SLUICE_HTTP_BODY_TOO_LARGE, SLUICE_HTTP_QUEUE_FULL where there is no room for more, HangUp; the rest is left unread. */
  onFailure(error: Error): void
}

interface BodyLimits {
  /** Largest body. */
  readonly maxBytes: number
  /** Most bytes of all bodies together until they are given to their listeners. */
  readonly mostBytes: number
}

/**
 * Reads bodies, limited while they come in. Without promises, and its listeners stay where they are: both would be a
 * good part of what a small request costs.
 */
export class BodyReader {
  readonly #limits: BodyLimits
  readonly #turns = new BodyTurns()
  /** Of bodies that were not given to their listeners. */
  #bytes = 0

  constructor(limits: BodyLimits) {
    this.#limits = limits
  }

  read(request: IncomingMessage, listener: BodyListener): void {
    let chunks: Buffer | Buffer[] | undefined
    let sizeBytes = 0
    let isOver = false
    const fail = (error: Error): void => {
      isOver = true
      this.#bytes -= sizeBytes
      listener.onFailure(error)
    }
    request.on('data', (chunk: Buffer) => {
      if (isOver) return
      sizeBytes += chunk.length
      this.#bytes += chunk.length
      const refused = this.#refusalOf(sizeBytes)
      if (refused === undefined) chunks = withChunk(chunks, chunk)
      else {
        request.pause()
        fail(refused)
      }
    })
    request.on('end', () => {
      if (isOver) return
      isOver = true
      this.#turns.add(() => {
        this.#bytes -= sizeBytes
        listener.onBody(joined(chunks))
      })
    })
    request.on('close', () => {
      if (!isOver) fail(new HangUp('the client hung up'))
    })
  }

  #refusalOf(sizeBytes: number): Error | undefined {
    const { maxBytes, mostBytes } = this.#limits
    if (sizeBytes > maxBytes) return tooLarge(maxBytes)
    return this.#bytes > mostBytes ? refusal('SLUICE_HTTP_QUEUE_FULL') : undefined
  }
}

/** Most bodies come in one piece, which needs no array. */
function withChunk(chunks: Buffer | Buffer[] | undefined, chunk: Buffer): Buffer | Buffer[] {
  if (chunks === undefined) return chunk
  if (!Array.isArray(chunks)) return [chunks, chunk]
  chunks.push(chunk)
  return chunks
}

function joined(chunks: Buffer | Buffer[] | undefined): Buffer {
  return Buffer.isBuffer(chunks) ? chunks : Buffer.concat(chunks ?? [])
}

/**
 * Checks what a request says of its body before any of it is read.
 *
 * @returns how long it says that the body is; 0 where it doesn't.
 * @throws SLUICE_HTTP_BODY_TOO_LARGE
 */
export function checkedLength({ headers }: IncomingMessage, maxBytes: number): number {
  const length = Number(headers['content-length'] ?? 0)
  if (length > maxBytes) throw tooLarge(maxBytes)
  return length
}

/**
 * Reads what is left of a refused body and forgets it: a connection that is closed on a client that still sends shows
 * it a reset instead of the answer. Not for ever: after `mostBytes` it is closed all the same.
 */
export function discardBody(request: IncomingMessage, mostBytes: number): void {
  let leftBytes = mostBytes
  request.on('data', (chunk: Buffer) => {
    leftBytes -= chunk.length
    if (leftBytes < 0) request.destroy()
  })
  request.resume()
}

function tooLarge(maxBytes: number): Error {
  return refusal('SLUICE_HTTP_BODY_TOO_LARGE', `the body is larger than the ${maxBytes} bytes that are allowed`)
}

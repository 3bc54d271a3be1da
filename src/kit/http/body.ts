import type { IncomingMessage } from 'node:http'
import { asError } from '../../core/errors.ts'
import { refusal } from './refusal.ts'

interface BodyLimits {
  readonly maxBytes: number
  /** Told of each piece as it comes in; throws to refuse the rest. */
  onBytes(count: number): void
}

/** The client has gone before its request was whole; nobody is there to be answered. */
export class HangUp extends Error {
  override readonly name = 'HangUp'
}

/**
 * The bytes of a body, limited while they come in.
 *
 * @throws SLUICE_HTTP_BODY_TOO_LARGE, what `onBytes` throws, HangUp. The rest of the body is left unread.
 */
function readBody(request: IncomingMessage, { maxBytes, onBytes }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const settle = (finish: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      request.pause()
      finish()
    }
    const onData = (chunk: Buffer): void => {
      sizeBytes += chunk.length
      try {
        if (sizeBytes > maxBytes) throw refusal('SLUICE_HTTP_BODY_TOO_LARGE', tooLarge(maxBytes))
        onBytes(chunk.length)
      } catch (error) {
        settle(() => reject(asError(error)))
        return
      }
      chunks.push(chunk)
    }
    const onEnd = (): void => settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, sizeBytes)))
    const onClose = (): void => settle(() => reject(new HangUp('the client hung up')))
    request.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

/** Reads bodies, which together have at most so many bytes while they are not whole. */
export class BodyReader {
  readonly #mostBytes: number
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** @throws SLUICE_HTTP_BODY_TOO_LARGE, SLUICE_HTTP_QUEUE_FULL where there is no room for more, HangUp. */
  async read(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
    let ownBytes = 0
    const onBytes = (count: number): void => {
      ownBytes += count
      this.#bytes += count
      if (this.#bytes > this.#mostBytes) throw refusal('SLUICE_HTTP_QUEUE_FULL')
    }
    try {
      return await readBody(request, { maxBytes, onBytes })
    } finally {
      this.#bytes -= ownBytes
    }
  }
}

/**
 * Checks what a request says of its body before any of it is read.
 *
 * @throws SLUICE_HTTP_BODY_TOO_LARGE
 */
export function checkLength({ headers }: IncomingMessage, maxBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    throw refusal('SLUICE_HTTP_BODY_TOO_LARGE', tooLarge(maxBytes))
  }
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

function tooLarge(maxBytes: number): string {
  return `the body is larger than the ${maxBytes} bytes that are allowed`
}

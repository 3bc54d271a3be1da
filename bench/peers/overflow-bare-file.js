import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BEGIN_MS, MESSAGES_PER_CALL, MESSAGES_PER_FRAME, numberOf, paymentAt } from '../overflow/payments.js'

const LENGTH_BYTES = 4
const READ_BYTES = 1024 ** 2

/**
 * The same messages as JSON in a bare file: frames with a length before them, `writev` and `fdatasync` for each call; read
 * back from the beginning. No checksums, no numbers, nothing that is given back, and no second file for what is settled.
 *
 * @param {{ drains: boolean }} options
 * @returns {import('../contract.js').Contender}
 */
export function bareFile({ drains }) {
  return async (count, consume) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
    const file = await open(join(folder, 'frames'), 'w+')
    try {
      for (let first = 0; first < count; first += MESSAGES_PER_CALL) {
        const messages = made(first, Math.min(count, first + MESSAGES_PER_CALL))
        await file.writev(framesOf(messages))
        await file.datasync()
        if (!drains) messages.forEach(({ data }) => consume(numberOf(data)))
      }
      return drains ? count - (await drain(file, consume)) : 0
    } finally {
      await file.close()
      await rm(folder, { recursive: true })
    }
  }
}

/**
 * @param {number} first
 * @param {number} end
 */
function made(first, end) {
  return Array.from({ length: end - first }, (_, index) => ({
    id: `ingress:k3j4x2a9-${first + index}`,
    time: BEGIN_MS + first,
    data: paymentAt(first + index),
  }))
}

/** @param {ReturnType<typeof made>} messages */
function framesOf(messages) {
  const buffers = []
  for (let at = 0; at < messages.length; at += MESSAGES_PER_FRAME) {
    const payload = Buffer.from(JSON.stringify(messages.slice(at, at + MESSAGES_PER_FRAME)))
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(payload.length)
    buffers.push(length, payload)
  }
  return buffers
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {import('../contract.js').Consume} consume
 * @returns {Promise<number>} messages that were there.
 */
async function drain(file, consume) {
  let drained = 0
  let rest = Buffer.alloc(0)
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position)
    if (bytesRead === 0) return drained
    position += bytesRead
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    while (rest.length >= LENGTH_BYTES && rest.length >= LENGTH_BYTES + rest.readUInt32BE()) {
      const end = LENGTH_BYTES + rest.readUInt32BE()
      const messages = JSON.parse(rest.toString('utf8', LENGTH_BYTES, end))
      for (const { data } of messages) consume(numberOf(data))
      drained += messages.length
      rest = rest.subarray(end)
    }
  }
}

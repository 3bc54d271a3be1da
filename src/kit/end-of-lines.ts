/** A file that can be read at any place, perhaps fewer bytes than asked for. */
interface Readable {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
}

const LF = 0x0a
const SEARCHED_AT_ONCE = 65_536

/** Where the last whole line ends, searched from the end. */
export async function endOfLines(file: Readable, size: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(size, SEARCHED_AT_ONCE))
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - buffer.length)
    const read = await readUpTo(file, buffer.subarray(0, end - start), start)
    const at = read.lastIndexOf(LF)
    if (at !== -1) return start + at + 1
    end = start
  }
  return 0
}

/** Reads on after a short read. @returns what there is; less than the buffer takes only at the end of the file. */
async function readUpTo(file: Readable, buffer: Buffer, position: number): Promise<Buffer> {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

import { writeSync } from 'node:fs'
import { errnoOf } from '../kit/errno.ts'

/** Takes lines of the log, each with its end. */
export interface LineWriter {
  write(line: string): void
}

/**
 * Where the log goes. A line that can't be written is lost, counted and never thrown: a full disk or a reader that has
 * gone takes the log, not the pipelines.
 */
export class LogOutput implements LineWriter {
  /** Lines that could not be written and haven't been told yet. */
  lost = 0
  /** The last line could not be written. */
  isFailing = false
  readonly #writer: LineWriter

  constructor(writer: LineWriter) {
    this.#writer = writer
  }

  write(line: string): void {
    try {
      this.#writer.write(line)
      this.isFailing = false
    } catch {
      this.isFailing = true
      this.lost++
    }
  }
}

const LF = 0x0a
/** How long a line waits for room in a pipe that doesn't block, and how often it looks. */
const LONGEST_WAIT_MS = 1000
const LOOK_MS = 10

/** What of the system a descriptor is written with; a test brings its own. */
export interface DescriptorSystem {
  /** @returns how many bytes were written */
  write(descriptor: number, bytes: Uint8Array): number
  /** Blocks the process. */
  pause(milliseconds: number): void
}

const SYSTEM: DescriptorSystem = {
  write: (descriptor, bytes) => writeSync(descriptor, bytes),
  pause: (milliseconds) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds),
}

/** Writes to a descriptor at once, so that the last line before an exit isn't lost. */
export class DescriptorWriter implements LineWriter {
  readonly #descriptor: number
  readonly #system: DescriptorSystem
  /** A line was cut off in its middle: the next one starts on a line of its own. */
  #isTorn = false
  /** The last line waited in vain: others don't wait as well. */
  #isStuck = false

  constructor(descriptor: number, system: DescriptorSystem = SYSTEM) {
    this.#descriptor = descriptor
    this.#system = system
  }

  /** @throws the error of the system */
  write(line: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line)
    let written = 0
    try {
      while (written < bytes.length) written += this.#writeSome(bytes.subarray(written))
    } finally {
      if (written > 0) this.#isTorn = bytes[written - 1] !== LF
    }
  }

  #writeSome(bytes: Uint8Array): number {
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      try {
        const written = this.#system.write(this.#descriptor, bytes)
        this.#isStuck = false
        return written
      } catch (error) {
        if (errnoOf(error) !== 'EAGAIN') throw error
        this.#isStuck ||= waitedMs >= LONGEST_WAIT_MS
        if (this.#isStuck) throw error
        this.#system.pause(LOOK_MS)
      }
    }
  }
}

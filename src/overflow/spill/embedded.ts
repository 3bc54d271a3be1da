import { z } from 'zod'
import type { Env } from '../../core/env.ts'
import type { OverflowStore } from '../../core/overflow-store.ts'
import type { LogProblem } from '../log/problem.ts'
import { DISK_DURABILITIES, EmbeddedStore, type DiskDurability } from './embedded-store.ts'
import type { Codec } from './frame-header.ts'
import { FramedStore } from './framed-store.ts'

/** Options of the embedded store of an overflow, as `store: embedded: {…}` in config. */
export const embeddedOptions = z.strictObject({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of the store, one for each overflow; where it is left out, one under the data directory.'),
  durability: z
    .enum(DISK_DURABILITIES)
    .default('disk')
    .describe(
      'When a message counts as stored: `disk` when the disk has confirmed it, `os` when the operating system has it, which survives the process but no power cut.',
    ),
})

export interface EmbeddedOverflow {
  /** One for each overflow; it is made where there is none. */
  readonly folder: string
  /** Bytes that its owner wants to keep at most; a message may take an eighth. */
  readonly limit: number
  /** Of a frame with several messages; 63 KB where nothing is said. */
  readonly frame?: number
  readonly codec?: Codec
  readonly durability?: DiskDurability
  /** Told of what is not as it was written, once each: for a log line. */
  report?(problem: LogProblem): void
}

/** Largest frame of several messages: with what Redis needs beside it, it fits into a block of 64 KiB. */
export const FRAME_BYTES = 63 * 1024

/** An overflow on the local disk. */
export function embeddedOverflow(options: EmbeddedOverflow, env: Env): OverflowStore {
  const { frame: frameBytes = FRAME_BYTES, codec = 'json', ...place } = options
  return new FramedStore(new EmbeddedStore(place), { frameBytes, codec }, env)
}

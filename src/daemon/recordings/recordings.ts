import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Log } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import type { Graph } from '../../core/graph.ts'
import type { Recording } from '../../core/recording.ts'
import { remove, takenAt, writeRecording } from './recording-file.ts'

/** Why a recording is taken; what nobody has asked for is removed again when there are many. */
export type Occasion = 'stall' | 'breach' | 'SIGQUIT' | 'dump'
const REMOVED_AGAIN: ReadonlySet<string> = new Set<Occasion>(['stall', 'breach', 'SIGQUIT'])
const MOST_KEPT = 20

/** Takes a recording. @param said what is known about the occasion */
export function recordingOf(graph: Graph, occasion: Occasion, said?: string): Recording {
  return graph.record(said === undefined ? occasion : `${occasion}: ${said}`)
}

/** The folder into which the daemon writes recordings by itself: the 20 newest stay. */
export class Recordings {
  readonly #folder: string
  readonly #log: Log
  #hasFailed = false

  constructor(folder: string, log: Log) {
    this.#folder = resolve(folder)
    this.#log = log
  }

  /** Writes what was taken on one occasion. Never throws: a folder that can't be written to is told once. */
  keep(recordings: readonly Recording[]): void {
    try {
      for (const recording of recordings) this.#write(recording)
      this.#hasFailed = false
      this.#prune(Math.max(MOST_KEPT, recordings.length))
    } catch (error) {
      this.#tellFailed(asError(error))
    }
  }

  #write(recording: Recording): void {
    const { pipeline, reason, events } = recording
    const path = writeRecording(recording, this.#folder)
    const hint = `read it with: sluice dump --read ${path}`
    this.#log.warn(`${reason}; the last ${events.length} events are in ${path}`, { pipeline, recording: path, hint })
  }

  #prune(most: number): void {
    const taken = readdirSync(this.#folder).flatMap((name) => {
      const { at, why = '' } = takenAt(name) ?? {}
      return at !== undefined && REMOVED_AGAIN.has(why) ? [{ name, at }] : []
    })
    const newestFirst = taken.toSorted((a, b) => (a.at < b.at ? 1 : -1))
    for (const { name } of newestFirst.slice(most)) remove(this.#folder, name)
  }

  #tellFailed(error: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#log.warn(`what the flight recorder remembers can't be kept: ${error.message}`, {
      hint: 'choose another folder with --recordings; nothing else depends on it',
    })
  }
}

import { url as inspectorUrl } from 'node:inspector'
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import type { Owner } from './attribution.ts'
import type { LogOptions } from './log.ts'

/** What the thread is given. */
export interface SentinelData {
  /** Beats so far; whether somebody debugs this process. */
  readonly beats: Int32Array
  readonly owners: readonly Owner[]
  readonly log: Pick<LogOptions, 'isPretty' | 'showsPipeline'>
  readonly port: MessagePort
}

/** Who kept the event loop, seen while it lasted. */
export interface Sighting {
  readonly owners: readonly Pick<Owner, 'pipeline' | 'node'>[]
  readonly message: string
}

const FILE = import.meta.url.endsWith('.ts') ? './sentinel-thread.ts' : './sentinel-thread.js'

/**
 * A thread that misses the beats of the main one while something keeps the event loop, as a loop without an end does, and
 * says what it is: nobody in the process could (A13). It costs one addition a second, and about 9 MB.
 */
export class Sentinel {
  readonly #beats = new Int32Array(new SharedArrayBuffer(8))
  readonly #port: MessagePort
  readonly #worker: Worker

  constructor(owners: readonly Owner[], log: SentinelData['log']) {
    this.#noteDebugger()
    const { port1, port2 } = new MessageChannel()
    const workerData: SentinelData = { beats: this.#beats, owners, log, port: port2 }
    this.#port = port1
    this.#worker = new Worker(new URL(FILE, import.meta.url), { workerData, transferList: [port2] })
    // Whatever becomes of it, the pipelines go on.
    this.#worker.on('error', () => {})
    this.#worker.unref()
    port1.unref()
  }

  /** The event loop goes round; once a second. @returns what the thread has seen since. */
  beat(): Sighting[] {
    this.#noteDebugger()
    Atomics.add(this.#beats, 0, 1)
    const sightings: Sighting[] = []
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      sightings.push(next.message as Sighting)
    }
    return sightings
  }

  close(): void {
    this.#port.close()
    void this.#worker.terminate()
  }

  #noteDebugger(): void {
    Atomics.store(this.#beats, 1, inspectorUrl() === undefined ? 0 : 1)
  }
}

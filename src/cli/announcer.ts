import type { Log } from '../core/component.ts'
import type { PipelineSpec } from '../core/spec.ts'
import type { Running } from '../daemon/running.ts'
import { announce, announcement, type Door } from './announce.ts'
import { printError } from './print.ts'

interface AnnouncerOptions {
  readonly log: Log
  /** Where nodes listen, as far as they have said so. */
  readonly doors: readonly Door[]
  /** Once it aborts, nothing more is announced. */
  readonly signal: AbortSignal
  /** Where people look; by default standard error, if that is a terminal. */
  readonly terminal?: NodeJS.WriteStream | undefined
}

/** What is told of what runs. */
type Told = Pick<Running, 'adminUrl' | 'statuses'>

/**
 * Tells of each pipeline that it runs: of those that are open when all have been tried together, of any other one when
 * what it waits for is there.
 */
export class Announcer {
  readonly #specs: readonly PipelineSpec[]
  readonly #options: AnnouncerOptions
  readonly #terminal: NodeJS.WriteStream | undefined
  readonly #early: string[] = []
  #running: Told | undefined

  constructor(specs: readonly PipelineSpec[], options: AnnouncerOptions) {
    this.#specs = specs
    this.#options = options
    this.#terminal = options.terminal ?? (process.stderr.isTTY ? process.stderr : undefined)
  }

  /** All nodes of a pipeline are open. */
  opened(pipeline: string): void {
    if (this.#running === undefined) this.#early.push(pipeline)
    else this.#tell([pipeline], this.#running)
  }

  /** All pipelines have been tried; why some could not be opened has been logged. */
  started(running: Told): void {
    this.#running = running
    this.#tell(this.#early, running)
  }

  #tell(names: readonly string[], running: Told): void {
    const { log, doors, signal } = this.#options
    const failed = running.statuses.filter(({ state }) => state === 'failed').map(({ name }) => name)
    if (signal.aborted || this.#takesAllWithIt(failed)) return
    const specs = this.#specs.filter(({ name }) => names.includes(name) && !failed.includes(name))
    if (specs.length === 0) return
    if (this.#terminal === undefined) announce({ specs, running, doors }, log)
    else printError(announcement({ specs, running, doors }, this.#terminal))
  }

  /** Whether one that could not be opened takes the others with it. */
  #takesAllWithIt(failed: readonly string[]): boolean {
    return this.#specs.some(({ name, onPipelineFailure }) => onPipelineFailure === 'exit' && failed.includes(name))
  }
}

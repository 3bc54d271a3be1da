import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { asError, SluiceError } from '../core/errors.ts'
import type { Group, GroupSpec } from '../core/group.ts'
import { Patience } from '../redis/patience.ts'
import { daemonError } from './errors.ts'
import type { PauseAction } from './operator-pauses.ts'
import type { GroupStatus } from './status.ts'

/** How long it may take until a daemon hears what it says itself: longer than a broadcast takes to be refused. */
const ECHO_MS = 10_000

/** Out of reach: then its name is free when its ttl has passed. */
const LONGEST_LEAVE_MS = 1000

/** What daemons tell each other. */
const told = z.object({
  /** A group may be of several. */
  pipeline: z.string(),
  action: z.enum(['pause', 'resume']),
  node: z.string().optional(),
  /** Tells what was asked here from what others were asked. */
  request: z.string(),
})

export interface PipelineGroupOptions {
  readonly spec: GroupSpec
  readonly pipeline: string
  readonly env: Env
  readonly log: Log
  /** Does what some daemon of the group was asked. */
  apply(action: PauseAction, node: string | undefined): void
}

/**
 * This daemon among those that run a pipeline. What one of them is asked for all, each does when it hears of it, in one
 * order, the one that was asked too: so they agree, whoever was asked at the same time.
 */
export class PipelineGroup {
  readonly #options: PipelineGroupOptions
  readonly #patience: Patience
  readonly #leaving = new AbortController()
  /** What was asked here, and is to be heard. */
  readonly #asked = new Map<string, () => void>()
  #group: Group | undefined
  #left: Promise<void> | undefined

  constructor(options: PipelineGroupOptions) {
    this.#options = options
    this.#patience = new Patience(options.env, options.log)
  }

  get status(): GroupStatus {
    const { received, failed, gaps } = this.#group?.stats ?? { received: 0, failed: 0, gaps: 0 }
    return { name: this.#options.spec.name, member: this.#group?.member ?? null, received, failed, gaps }
  }

  /** Joins, however long that takes; the pipeline runs meanwhile. */
  async join(): Promise<void> {
    const { spec, env, log } = this.#options
    const { signal } = this.#leaving
    const world = { env, log, signal, onMessage: (data: unknown) => this.#hear(data) }
    const group = await this.#patience
      .until(`join the group "${spec.name}"`, () => spec.join(world))
      .catch(() => undefined)
    if (group === undefined) return
    if (signal.aborted) return await group.leave()
    this.#group = group
    log.info('has joined its group', { group: spec.name, member: group.member })
  }

  /**
   * Tells every daemon of the group.
   *
   * @returns the members that were there
   * @throws SLUICE_ADMIN_GROUP_FAILED
   */
  async tell(action: PauseAction, node: string | undefined): Promise<readonly string[]> {
    const { pipeline, spec } = this.#options
    const group = this.#group
    if (group === undefined) {
      const message = `${pipeline} is not in its group "${spec.name}" yet: its log says what it waits for`
      throw daemonError('SLUICE_ADMIN_GROUP_FAILED', message)
    }
    const request = randomUUID()
    try {
      const members = await group.members()
      const message = { pipeline, action, ...(node === undefined ? {} : { node }), request }
      await Promise.all([this.#echoOf(request), group.broadcast(message)])
      return members.map(({ name }) => name)
    } catch (error) {
      const message = `the daemons of ${pipeline} could not be told: ${asError(error).message}`
      throw daemonError('SLUICE_ADMIN_GROUP_FAILED', message, error)
    } finally {
      this.#asked.get(request)?.()
      this.#asked.delete(request)
    }
  }

  /** Ends the waiting as well, where it has not joined yet. A daemon that stops waits no longer than a moment for it. */
  leave(): Promise<void> {
    return (this.#left ??= this.#leave())
  }

  async #leave(): Promise<void> {
    this.#patience.end()
    this.#leaving.abort()
    const left = this.#group?.leave()
    await new Promise<void>((resolve) => {
      const timer = this.#options.env.after(LONGEST_LEAVE_MS, resolve)
      void Promise.allSettled([left]).finally(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  #hear(data: unknown): void {
    const { log, apply, pipeline } = this.#options
    const message = told.safeParse(data)
    if (!message.success) return log.warn('a message of the group is not of a daemon, and is passed over')
    const { action, node, request } = message.data
    if (message.data.pipeline !== pipeline) return
    try {
      apply(action, node)
    } catch (error) {
      // Of a daemon with another version of the pipeline. Whatever else it is comes again.
      if (!(error instanceof SluiceError) || error.code !== 'SLUICE_ADMIN_NO_NODE') throw error
      log.warn(`the group was told to ${action} what is not here: ${error.message}`)
    }
    this.#asked.get(request)?.()
  }

  /** Resolves when this daemon hears what it was asked itself. */
  #echoOf(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = new Error('they were told, but this daemon has not heard it itself so far')
      const timer = this.#options.env.after(ECHO_MS, () => reject(late))
      const heard = (): void => {
        timer.cancel()
        resolve()
      }
      this.#asked.set(request, heard)
    })
  }
}

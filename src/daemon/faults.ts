import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { asError } from '../core/errors.ts'
import { printable } from '../kit/text.ts'
import { firstFrame, ownersOf, type Owner } from './attribution.ts'
import { daemonError, type DaemonErrorCode } from './errors.ts'
import { hintFor } from './hints.ts'
import type { Pipeline } from './pipeline.ts'
import { Seldom } from './seldom.ts'
import { TroubleTally } from './trouble-tally.ts'

/** Thrown where nobody catches, or a promise that was rejected and that nobody handles. */
export type FaultKind = 'exception' | 'rejection'

/** Decides about something thrown outside of every handler. @returns whether the process can go on. */
export type Judge = (thrown: unknown, kind: FaultKind) => boolean

/** Hears of what is thrown outside of every handler: the process, as the command line listens to it. */
export interface FaultSource {
  judgeBy(judge: Judge): void
}

const INTERVAL_MS = 10_000
const LONGEST_ERROR = 500
const CODES: Readonly<Record<FaultKind, DaemonErrorCode>> = {
  exception: 'SLUICE_UNCAUGHT_EXCEPTION',
  rejection: 'SLUICE_UNHANDLED_REJECTION',
}
const WORDS: Readonly<Record<FaultKind, string>> = {
  exception: 'threw outside of every handler',
  rejection: 'left a promise rejected that nobody handles',
}

/**
 * What is thrown outside of handlers, by the nodes that it came from. An exception fails their pipelines: it has cut off
 * whatever was under way in that component, in its middle. A rejection cuts off nothing, so that it is counted and told.
 * An exception that nobody can be named for may have cut off anything: then the process can't go on.
 */
export class Faults {
  readonly #pipelines: readonly Pipeline[]
  readonly #env: Env
  readonly #log: Log
  readonly #seldom = new Seldom(INTERVAL_MS)
  /** Those that nobody could be named for. */
  readonly unnamed = new TroubleTally()

  constructor(pipelines: readonly Pipeline[], { env, log }: { readonly env: Env; readonly log: Log }) {
    this.#pipelines = pipelines
    this.#env = env
    this.#log = log
  }

  judge(thrown: unknown, kind: FaultKind): boolean {
    const error = readable(thrown)
    const owners = ownersOf(
      thrown,
      this.#pipelines.flatMap(({ owners: own }) => own),
    )
    if (owners.length === 0) return this.#unnamed(error, kind)
    this.#tell(`${namesOf(owners)} ${WORDS[kind]}`, { error, kind, owners })
    for (const pipeline of this.#pipelines) {
      const nodes = owners.filter((owner) => owner.pipeline === pipeline.spec.name).map(({ node }) => node)
      for (const node of nodes) pipeline.happened.add({ kind, node, message: error.message, at: this.#env.date() })
      if (kind === 'exception' && nodes.length > 0) pipeline.fail(nodes[0]!, uncaught(error))
    }
    return true
  }

  #unnamed(error: Error, kind: FaultKind): boolean {
    this.unnamed.add({ kind, node: undefined, message: error.message, at: this.#env.date() })
    if (kind === 'exception') return false
    const where = firstFrame(error) ?? 'its stack is empty'
    this.#tell(`a promise was rejected that nobody handles, and nothing says whose it is (${where})`, { error, kind })
    return true
  }

  #tell(
    what: string,
    {
      error,
      kind,
      owners = [],
    }: { readonly error: Error; readonly kind: FaultKind; readonly owners?: readonly Owner[] },
  ): void {
    const omitted = this.#seldom.take(what, this.#env.now())
    if (omitted === undefined) return
    const again = omitted === 0 ? '' : ` (and ${omitted} more since this was last told)`
    const code = CODES[kind]
    const [owner] = owners.length === 1 ? owners : []
    const who = owner === undefined ? {} : { pipeline: owner.pipeline, node: owner.node }
    const text = `${what}: ${printable(error.message, LONGEST_ERROR)}${again}`
    this.#log.error(text, { ...who, code, hint: hintFor(code), stack: error.stack })
  }
}

/** An error whose message and stack can be looked at. */
function readable(thrown: unknown): Error {
  const error = asError(thrown)
  try {
    void [error.message, error.stack]
    return error
  } catch {
    return asError('an error that throws when it is looked at')
  }
}

function namesOf(owners: readonly Owner[]): string {
  return owners.map(({ node, pipeline }) => `${node} of ${pipeline}`).join(' or ')
}

function uncaught(error: Error): Error {
  return daemonError('SLUICE_UNCAUGHT_EXCEPTION', `it ${WORDS.exception}: ${error.message}`, error)
}

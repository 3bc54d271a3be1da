import type { Log } from '../core/component.ts'
import type { Env, Timer } from '../core/env.ts'
import { kindOf } from '../core/errors.ts'
import { partCount, type Message } from '../core/message.ts'
import { printable } from '../kit/text.ts'

/** How often one kind of failure may be told. */
const INTERVAL_MS = 10_000
/** Kinds that are told apart; codes are a component's to choose, so there may be any number. */
const MOST_KINDS = 100
/** The code of what is told together because there are too many kinds. */
const OTHER = 'other'
const LONGEST_ERROR = 500

/** Failures with one code at one node. */
interface Kind {
  readonly node: string
  readonly code: string
  /** Messages since the last line. */
  count: number
  message: Message
  error: Error
}

/**
 * Logs messages that failed. The first failure of a kind is told at once; those that follow are counted, and told
 * together every ten seconds: a flood of failures is no flood of lines.
 */
export class FailureLog {
  readonly #log: Log
  readonly #env: Env
  readonly #kinds = new Map<string, Kind>()
  #timer: Timer | undefined

  constructor(log: Log, env: Env) {
    this.#log = log
    this.#env = env
  }

  add(node: string, message: Message, error: Error): void {
    const kind = this.#kindOf(node, codeOf(error))
    if (kind === undefined) return this.#addFirst(node, message, error)
    kind.count += partCount(message)
    kind.message = message
    kind.error = error
  }

  /** Tells what has been counted and not told, for a pipeline that ends. */
  close(): void {
    this.#timer?.cancel()
    for (const kind of this.#kinds.values()) this.#writeMore(kind)
    this.#kinds.clear()
  }

  #kindOf(node: string, code: string): Kind | undefined {
    const known = this.#kinds.get(`${node} ${code}`)
    return known ?? (this.#kinds.size < MOST_KINDS ? undefined : this.#kinds.get(`${node} ${OTHER}`))
  }

  #addFirst(node: string, message: Message, error: Error): void {
    const code = this.#kinds.size < MOST_KINDS ? codeOf(error) : OTHER
    const kind = { node, code, count: 0, message, error }
    this.#kinds.set(`${node} ${code}`, kind)
    this.#write(kind, `a message failed at ${node}`)
    this.#timer ??= this.#env.after(INTERVAL_MS, () => this.#tell())
  }

  #tell(): void {
    this.#timer = undefined
    for (const [key, kind] of this.#kinds) {
      if (kind.count === 0) this.#kinds.delete(key)
      else this.#writeMore(kind)
    }
    if (this.#kinds.size > 0) this.#timer = this.#env.after(INTERVAL_MS, () => this.#tell())
  }

  #writeMore(kind: Kind): void {
    if (kind.count === 0) return
    this.#write(
      kind,
      `${kind.count} more ${kind.count === 1 ? 'message' : 'messages'} failed at ${kind.node}; the last one`,
    )
    kind.count = 0
  }

  #write({ node, code, message, error }: Kind, text: string): void {
    const level = kindOf(error) === 'message' ? 'warn' : 'error'
    this.#log[level](`${text}: ${printable(error.message, LONGEST_ERROR)}`, {
      node,
      code,
      id: printable(message.id, LONGEST_ERROR),
    })
  }
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : error.name
}

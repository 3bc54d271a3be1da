import { isThenable } from '../../core/call.ts'
import { Message } from '../../core/message.ts'
import type { Component } from '../../core/spec.ts'
import { freezeMessage } from './freeze.ts'

/** One call of a handler or hook of a component. */
export interface WatchedCall {
  /** `map`, `handle`, `open`, `handleDemand` … */
  readonly hook: string
  readonly args: readonly unknown[]
  /** It has answered, thrown or rejected. */
  isOver: boolean
  answer: unknown
}

/** One use of a verb of the context. */
export interface WatchedVerb {
  readonly verb: string
  readonly args: readonly unknown[]
  /** The run was over. */
  readonly isLate: boolean
}

const VERBS = ['hold', 'ack', 'drop', 'fail', 'join', 'child', 'derive', 'emit', 'end']
/** Calls that bring messages. */
const HANDLERS = new Set(['map', 'filter', 'flatMap', 'each', 'handle'])

type AnyFunction = (...args: unknown[]) => unknown

/** What a component is called with and what it does, from outside of the kernel. */
export class Watch {
  readonly calls: WatchedCall[] = []
  readonly verbs: WatchedVerb[] = []
  /** Calls that wait for something, those of `handleDemand` apart: a producer may wait for its source for ever. */
  waiting = 0
  /** Calls in which the component wrote to a message: its data and key are the kernel's to replace (A11). */
  readonly changes: WatchedCall[] = []
  /** Nothing that the component does counts any more. */
  hasEnded = false
  readonly #freezes: boolean

  constructor(freezes: boolean) {
    this.#freezes = freezes
  }

  callsOf(...hooks: readonly string[]): WatchedCall[] {
    return this.calls.filter(({ hook }) => hooks.includes(hook))
  }

  verbsOf(...names: readonly string[]): WatchedVerb[] {
    return this.verbs.filter(({ verb }) => names.includes(verb))
  }

  /** Calls with messages, or for messages, that wait. */
  get underWay(): WatchedCall[] {
    return this.calls.filter(({ hook, isOver }) => !isOver && (HANDLERS.has(hook) || hook === 'handleDemand'))
  }

  /** The same component, watched. */
  over<C extends Component>(component: C): C {
    const { create } = component as { create(context: object): object }
    const watched = (context: object): object => this.#handlers(create.call(component, this.#context(context)))
    return { ...component, create: watched }
  }

  /** Handlers may be an object of a class, with private fields, or frozen: what is called is called on the object itself. */
  #handlers(handlers: object): object {
    if (typeof handlers !== 'object' || handlers === null) return handlers
    const made = new Map<PropertyKey, unknown>()
    const get = (_target: object, name: PropertyKey): unknown => {
      const value: unknown = Reflect.get(handlers, name)
      if (typeof value !== 'function') return value
      if (!made.has(name)) made.set(name, this.#hook(String(name), handlers, value as AnyFunction))
      return made.get(name)
    }
    return new Proxy({}, { get, has: (_target, name) => name in handlers })
  }

  #hook(name: string, handlers: object, handler: AnyFunction): AnyFunction {
    const call: AnyFunction = (...args) => this.#call(name, args, () => handler.apply(handlers, args))
    // The kernel starts a handler that is declared `async` in slots at once (D8).
    return handler.constructor.name === 'AsyncFunction' ? async (...args) => call(...args) : call
  }

  #call(hook: string, args: readonly unknown[], run: () => unknown): unknown {
    const call: WatchedCall = { hook, args, isOver: false, answer: undefined }
    this.calls.push(call)
    const before = HANDLERS.has(hook) ? messagesIn(args).map((message) => ({ message, data: message.data })) : []
    if (this.#freezes) for (const { message } of before) freezeMessage(message)
    let answer: unknown
    try {
      answer = run()
    } catch (error) {
      call.isOver = true
      throw error
    } finally {
      if (before.some(({ message, data }) => message.data !== data)) this.changes.push(call)
    }
    if (isThenable(answer)) return this.#wait(call, answer)
    call.isOver = true
    call.answer = answer
    return answer
  }

  #wait(call: WatchedCall, answer: PromiseLike<unknown>): PromiseLike<unknown> {
    const counts = call.hook !== 'handleDemand'
    if (counts) this.waiting++
    const over = (value?: unknown): void => {
      if (call.isOver) return
      call.isOver = true
      call.answer = value
      if (counts) this.waiting--
    }
    return answer.then(
      (value) => {
        over(value)
        return value
      },
      (error: unknown) => {
        over()
        throw error
      },
    )
  }

  #context(context: object): object {
    const verbs = Object.entries(context).filter(([name]) => VERBS.includes(name))
    return {
      ...context,
      ...Object.fromEntries(verbs.map(([name, verb]) => [name, this.#verb(name, verb as AnyFunction)])),
    }
  }

  #verb(verb: string, act: AnyFunction): AnyFunction {
    return (...args) => {
      const isLate = this.hasEnded
      this.verbs.push({ verb, args, isLate })
      return isLate ? undefined : act(...args)
    }
  }
}

/** The messages that a handler was called with. */
function messagesIn([first, second]: readonly unknown[]): readonly Message[] {
  if (second instanceof Message) return [second]
  return Array.isArray(first) ? first.filter((each) => each instanceof Message) : []
}

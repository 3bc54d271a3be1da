import type { CallInfo } from './component.ts'
import type { Message } from './message.ts'

/** How a loop reports what isn't a plain result. */
export interface LoopState {
  /** Whether a value is one to wait for. */
  isThenable(value: unknown): boolean
  /** A handler threw at this message, the one at `index`. @returns whether what follows has to wait for it. */
  threw(message: Message, error: unknown, index: number): boolean
  /** A message that `filter` doesn't let through. */
  rejected(message: Message): void
  /** What the last handler returned, when it is a thenable. */
  pending: unknown
  /** Up to which message it goes; 0 where what follows has to wait for the one that is being handled. */
  end: number
  /** How many messages passed; they stand first in the array. */
  passed: number
  /** Of `each`: all came in one emission and wait for nothing, so that they can be acked in one go. */
  isUniform: boolean
}

/**
 * Runs a handler for each of `messages`; those that pass stand first afterwards.
 * @returns where it stopped: the length; the place of a message whose handler returned a thenable, which is `pending`; or
 * the place behind one that threw and that the others wait for.
 */
export type Loop = (messages: Message[], call: CallInfo) => number

type Handler = (data: never, message: Message, call: CallInfo) => unknown
type LoopFactory = (handler: Handler, state: LoopState) => Loop

// The factories below are compiled again for each node from their source, so they use nothing but their parameters.

const mapLoop: LoopFactory = (handler, state) => (messages, call) => {
  state.end = messages.length
  let index = 0
  for (;;) {
    try {
      for (; index < state.end; index++) {
        const message = messages[index]!
        const value = handler(message.data as never, message, call)
        if (state.isThenable(value)) {
          state.pending = value
          state.passed = index
          return index
        }
        message.data = value
      }
      state.passed = index
      return index
    } catch (error) {
      const mustStop = state.threw(messages[index]!, error, index)
      index++
      if (mustStop) {
        state.passed = index
        return index
      }
    }
  }
}

const filterLoop: LoopFactory = (handler, state) => (messages, call) => {
  state.end = messages.length
  let index = 0
  let passed = 0
  for (;;) {
    try {
      for (; index < state.end; index++) {
        const message = messages[index]!
        const value = handler(message.data as never, message, call)
        if (value === true) messages[passed++] = message
        else if (state.isThenable(value)) {
          state.pending = value
          state.passed = passed
          return index
        } else if (value) messages[passed++] = message
        else state.rejected(message)
      }
      state.passed = passed
      return index
    } catch (error) {
      const mustStop = state.threw(messages[index]!, error, index)
      index++
      if (mustStop) {
        state.passed = passed
        return index
      }
    }
  }
}

const eachLoop: LoopFactory = (handler, state) => (messages, call) => {
  state.end = messages.length
  const { envelope } = messages[0]!
  let index = 0
  state.isUniform = true
  for (;;) {
    try {
      for (; index < state.end; index++) {
        const message = messages[index]!
        const value = handler(message.data as never, message, call)
        if (state.isThenable(value)) {
          state.pending = value
          state.passed = index
          return index
        }
        if (message.envelope !== envelope || message.kin !== undefined || message.parent !== undefined)
          state.isUniform = false
      }
      state.passed = index
      return index
    } catch (error) {
      const mustStop = state.threw(messages[index]!, error, index)
      index++
      if (mustStop) {
        state.passed = index
        return index
      }
    }
  }
}

const LOOPS = { map: mapLoop, filter: filterLoop, each: eachLoop }

let copies = 0

/**
 * A loop around one node's handler. Each node gets machine code of its own, in which the engine can inline that
 * handler: a loop shared by all nodes sees many handlers and calls each through a table (measured: 1.2 times slower).
 * The comment makes the source unique; the engine would reuse code, and what it learnt, for the same text.
 */
export function loopFor(shape: keyof typeof LOOPS, handler: Handler, state: LoopState): Loop {
  const factory = LOOPS[shape]
  try {
    const copy = new Function(`return ${factory} // ${copies++}`) as () => LoopFactory
    return copy()(handler, state)
  } catch {
    // Code generation is switched off in this process: the shared loop does the same, slower.
    return factory(handler, state)
  }
}

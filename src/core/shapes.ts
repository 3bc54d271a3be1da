import type { ConsumerHandlers, StageHandlers } from './component.ts'
import { SluiceError } from './errors.ts'
import { childrenOf, isIterable } from './expansion.ts'
import type { Flight } from './flight.ts'
import { loopFor, type Loop, type LoopState } from './loops.ts'
import { FREE, type Message } from './message.ts'
import type { Ownership } from './ownership.ts'
import { partsOf } from './part.ts'
import { settle } from './settle.ts'

/** What a shape needs of its node. */
export interface ShapeNode {
  readonly ownership: Ownership
  readonly maxExpansion: number
  /** What `flatMap` gives are the parts of its message. */
  readonly unbatches: boolean
  readonly loopState: LoopState
  drop(messages: readonly Message[], reason: string): void
}

/** How the handler of one shape is called, and what its answers mean. */
export interface Shape {
  /** Messages are handled one by one; otherwise a call has several. */
  readonly isPerMessage: boolean
  /** Calls that are known to be asynchronous before the first one. */
  readonly isAsync: boolean
  /** The fast way through an array, for shapes that answer at once and one for one. */
  readonly loop: Loop | undefined
  /** Calls the handler for what is in the flight. */
  call(flight: Flight): unknown
  /**
   * Makes results of an answer: what a stage passes on, what a consumer acks.
   * @returns an iterable that is still to be pulled, for `flatMap`.
   */
  finish(flight: Flight, answer: unknown, out: Message[]): Iterable<unknown> | undefined
}

const SHAPES = ['map', 'filter', 'flatMap', 'each', 'handle'] as const
type ShapeName = (typeof SHAPES)[number]
type AnyHandler = (...args: unknown[]) => unknown

/** The shape of what a component gave. @throws SLUICE_COMPONENT_INVALID unless it is exactly one. */
export function shapeOf(
  kind: 'stage' | 'consumer',
  handlers: StageHandlers | ConsumerHandlers,
  node: ShapeNode,
): Shape {
  const name = nameOf(kind, handlers)
  const given = (handlers as unknown as Record<ShapeName, AnyHandler>)[name]
  const isAsync = given.constructor.name === 'AsyncFunction'
  const handler = given.bind(handlers) // A component may be a class with state of its own.
  const { loopState } = node
  switch (name) {
    case 'map':
      return { ...perMessage(handler), isAsync, loop: loopFor(name, handler, loopState), finish: finishMap }
    case 'filter':
      return { ...perMessage(handler), isAsync, loop: loopFor(name, handler, loopState), finish: finishFilter(node) }
    case 'each':
      return { ...perMessage(handler), isAsync, loop: loopFor(name, handler, loopState), finish: finishEach }
    case 'flatMap':
      return { ...perMessage(handler), isAsync, loop: undefined, finish: finishFlatMap(node) }
    case 'handle': {
      const call = callHandle(handler, node)
      return { isPerMessage: false, isAsync, loop: undefined, call, finish: finishHandle(node) }
    }
  }
}

function nameOf(kind: 'stage' | 'consumer', handlers: object | undefined): ShapeName {
  const allowed: readonly ShapeName[] = kind === 'stage' ? ['map', 'filter', 'flatMap', 'handle'] : ['each', 'handle']
  const given = handlers as Readonly<Record<string, unknown>> | undefined
  const found = SHAPES.filter((shape) => typeof given?.[shape] === 'function')
  const [name] = found
  if (name !== undefined && found.length === 1 && allowed.includes(name)) return name
  const gave = found.length === 0 ? 'none' : found.join(' and ')
  const text = `a ${kind} gives one of ${allowed.join(', ')}; this one gave ${gave}`
  throw new SluiceError('SLUICE_COMPONENT_INVALID', text)
}

function perMessage(handler: AnyHandler): Pick<Shape, 'isPerMessage' | 'call'> {
  return {
    isPerMessage: true,
    call: ({ messages, call }) => handler(messages[0]!.data, messages[0], call),
  }
}

function finishMap({ messages }: Flight, answer: unknown, out: Message[]): undefined {
  const message = messages[0]!
  if (message.stamp !== FREE) return
  message.data = answer
  out.push(message)
}

function finishEach({ messages }: Flight, _answer: unknown, out: Message[]): undefined {
  if (messages[0]!.stamp === FREE) out.push(messages[0]!)
}

function finishFilter(node: ShapeNode): Shape['finish'] {
  return ({ messages }, answer, out) => {
    const message = messages[0]!
    if (message.stamp !== FREE) return undefined
    if (answer) out.push(message)
    else node.drop(messages, 'filtered')
    return undefined
  }
}

function finishFlatMap(node: ShapeNode): Shape['finish'] {
  return ({ messages }, answer, out) => {
    const message = messages[0]!
    if (message.stamp !== FREE) return undefined
    if (node.unbatches) {
      const parts = partsOf(message, answer)
      if (parts.length === 0) settle(message, undefined)
      for (const part of parts) out.push(part)
      return undefined
    }
    if (Array.isArray(answer)) {
      if (answer.length === 0) node.drop(messages, 'filtered')
      else for (const child of childrenOf(message, answer, node.maxExpansion)) out.push(child)
      return undefined
    }
    if (isIterable(answer)) return answer
    const found = answer === null ? 'null' : typeof answer
    throw new SluiceError('SLUICE_HANDLER_BAD_RETURN', `flatMap must return an array or an iterable, not ${found}`)
  }
}

/** The handler gets a copy: what it does to the array is its own affair. */
function callHandle(handler: AnyHandler, node: ShapeNode): Shape['call'] {
  return (flight) => {
    node.ownership.begin(flight)
    return handler(flight.messages.slice(), flight.call)
  }
}

function finishHandle(node: ShapeNode): Shape['finish'] {
  return (flight, answer, out) => {
    for (const message of node.ownership.accept(flight, answer)) out.push(message)
    return undefined
  }
}

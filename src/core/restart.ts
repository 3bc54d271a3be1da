import { boundedBytes, type Edge } from './edge.ts'
import { SluiceError } from './errors.ts'
import type { Flight } from './flight.ts'
import type { Message } from './message.ts'
import type { Pump } from './pump.ts'
import type { WorkerBase } from './worker-base.ts'

/** A worker whose component can be made anew. */
export interface Restartable extends WorkerBase {
  readonly pump: Pump
  close(reason: Error, done: (error?: Error) => void): void
  create(): void
  open(done: (error?: Error) => void): void
}

/** The call that made a holding stage start again. */
interface Thrown {
  readonly flight: Flight
  readonly error: unknown
}

/**
 * Starts a node anew (D14). Back to the head of the edge it came from goes what the node held, then what its calls
 * had, then what waited for a call; what the calls made is void. Edges and kept output belong to the graph and stay.
 */
export function restart(worker: Restartable, thrown?: Thrown): void {
  worker.careful = undefined
  const { flights, waiting } = worker.pump.giveUp()
  const back = new Map<Edge, Message[]>()
  const { expansion } = worker
  if (expansion !== undefined) addTo(back, expansion.edge, [expansion.again()])
  worker.expansion = undefined
  if (thrown !== undefined) takeThrown(worker, thrown, back)
  for (const flight of flights) takeFlight(worker, flight, back, thrown === undefined)
  for (const [edge, messages] of waiting) addTo(back, edge, messages)
  for (const [edge, messages] of back) {
    if (edge.isCancelled) worker.host.reclaim(edge, messages)
    else edge.putBack(messages)
  }
  const held = putBackHeld(worker)
  if (thrown !== undefined) beCareful(worker, thrown.flight, held)
  worker.counters.restarts++
  const reason = new SluiceError('SLUICE_NODE_STOPPED', `node ${worker.name} is being restarted`)
  let hasBegun = false
  const proceed = (): void => {
    if (hasBegun) return
    hasBegun = true
    timer.cancel()
    begin(worker)
  }
  // A component that doesn't let go in time has had its chance.
  const timer = worker.host.scheduler.env.after(worker.plan.timeoutMs, proceed)
  worker.close(reason, proceed)
}

function begin(worker: Restartable): void {
  const failed = (error: unknown): void => worker.host.fail(worker, error as Error)
  try {
    worker.create()
  } catch (error) {
    return failed(error)
  }
  worker.open((error) => error !== undefined && failed(error))
}

/** The call of one message that throws fails it; a larger one comes again. */
function takeThrown(worker: Restartable, { flight, error }: Thrown, back: Map<Edge, Message[]>): void {
  if (flight.messages.length > 1) return takeFlight(worker, flight, back, false)
  for (const message of worker.takeBack(flight)) worker.fail(message, error)
  flight.edge!.handled(1, flight.bytes)
}

/** @param isCounted whether a call that was under way counts as an attempt. */
function takeFlight(worker: Restartable, flight: Flight, back: Map<Edge, Message[]>, isCounted: boolean): void {
  const messages = worker.takeBack(flight)
  const edge = flight.edge!
  edge.handled(flight.messages.length - messages.length, flight.bytes - boundedBytes(edge, messages))
  if (isCounted && flight.state === 'running') {
    for (const message of messages) message.envelope = message.envelope.with({ attempt: message.attempt + 1 })
  }
  addTo(back, edge, messages)
}

function putBackHeld(worker: Restartable): Map<Edge, Message[]> {
  const held = new Map<Edge, Message[]>()
  for (const { message, edge } of worker.ownership.giveUp()) addTo(held, edge, [message])
  for (const [edge, messages] of held) {
    if (edge.isCancelled) worker.host.reclaim(edge, messages)
    else edge.putBackSurplus(messages)
  }
  return held
}

/** What was in a call that threw is taken in halves, behind what was held before it. */
function beCareful(worker: Restartable, { edge, messages }: Flight, held: Map<Edge, Message[]>): void {
  const { length } = messages
  if (length === 1) return
  worker.careful = { edge: edge!, before: held.get(edge!)?.length ?? 0, left: length, size: length >> 1 }
}

function addTo(lists: Map<Edge, Message[]>, edge: Edge, messages: readonly Message[]): void {
  const list = lists.get(edge)
  if (list === undefined) lists.set(edge, [...messages])
  else for (const message of messages) list.push(message)
}

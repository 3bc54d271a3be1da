import { Careful } from './careful.ts'
import { boundedBytes, type Edge } from './edge.ts'
import { asError, SluiceError } from './errors.ts'
import type { Flight } from './flight.ts'
import { FREE, type Message } from './message.ts'
import type { Pump } from './pump.ts'
import { RESTART } from './recorder.ts'
import type { RestartOptions, Thrown } from './restart-options.ts'
import type { WorkerBase } from './worker-base.ts'

/** A worker whose component can be made anew. */
export interface Restartable extends WorkerBase {
  readonly pump: Pump
  close(reason: Error, done: (error?: Error) => void): void
  create(): void
  open(done: (error?: Error) => void): void
}

/** Messages that a node had from one edge, and their place among its calls. */
interface Piece {
  readonly edge: Edge
  readonly sequence: number
  readonly messages: Message[]
  /** Their credit has been given back already: they were held, or parked. */
  readonly isHeld: boolean
}

/**
 * Starts a node anew (D14). What it held, what its calls had and what waited for a call goes back to the head of the
 * edge it came from, in the order in which it came; what the calls made is void. Edges and kept output belong to the
 * graph and stay. Where others may overtake it, what the place has refused before stays out of their way: else a message
 * that makes each of its calls hang would be the first that is tried, again and again.
 */
export function restart(worker: Restartable, { thrown, hung, pauseMs = 0 }: RestartOptions = {}): void {
  const everything = takeEverything(worker, thrown)
  everything.sort((one, other) => one.sequence - other.sequence)
  const kept = keptOf(worker, everything)
  const isKept = new Set(kept)
  const pieces = everything.filter((piece) => !isKept.has(piece))
  const suspect = thrown?.flight ?? hung
  worker.careful = suspect === undefined ? undefined : careFor(suspect, pieces)
  for (const edge of new Set(pieces.map((piece) => piece.edge))) putBack(worker, edge, pieces)
  worker.counters.restarts++
  worker.tape.note(RESTART, worker.counters.restarts)
  const reason = new SluiceError('SLUICE_NODE_STOPPED', `node ${worker.name} is being restarted`)
  let hasBegun = false
  const proceed = (): void => {
    if (hasBegun || worker.isFinished) return
    hasBegun = true
    timer.cancel()
    worker.lettingGo = pauseMs === 0 ? undefined : env.after(pauseMs, () => begin(worker))
    if (pauseMs === 0) begin(worker)
  }
  const { env } = worker.host.scheduler
  // A component that doesn't let go in time has had its chance.
  const timer = env.after(worker.plan.timeoutMs, proceed)
  worker.lettingGo = timer
  worker.close(reason, proceed)
  worker.pump.keepAgain(kept.map((piece) => ({ ...piece, hasCredit: !piece.isHeld })))
}

function begin(worker: Restartable): void {
  worker.lettingGo = undefined
  try {
    worker.create()
  } catch (error) {
    return worker.host.fail(worker, asError(error))
  }
  worker.host.open(worker, (error) => {
    if (error !== undefined) worker.host.faulted(worker, error)
  })
}

/** What waits for the place to work; not at a node that holds, whose state is in doubt, nor where the order of the input is kept. */
function keptOf({ plan, recovery }: Restartable, pieces: readonly Piece[]): Piece[] {
  if (plan.holds || plan.order === 'input' || recovery === undefined) return []
  const loose = new Set<string>() // Keys of which something goes back to its edge: what follows it does as well.
  return pieces.filter(({ edge, messages }) => {
    const keys = plan.order === 'key' ? messages.flatMap(({ key }) => (key === undefined ? [] : [key])) : []
    const isDue = messages.length > 0 && messages.every((message) => recovery.dueAtOf(message) !== undefined)
    const isKept = isDue && !edge.isCancelled && !keys.some((key) => loose.has(key))
    if (!isKept) for (const key of keys) loose.add(key)
    return isKept
  })
}

/** Takes from the node what it has: what is being expanded, what its calls have, what waits for one, what is held. */
function takeEverything(worker: Restartable, thrown: Thrown | undefined): Piece[] {
  const pieces: Piece[] = []
  const { flights, waiting } = worker.pump.giveUp()
  const { expansion } = worker
  if (expansion !== undefined) {
    const { edge, hasCredit } = expansion
    pieces.push({ edge, sequence: -1, messages: [expansion.again()], isHeld: !hasCredit })
  }
  worker.expansion = undefined
  worker.recovery?.startOver()
  if (thrown !== undefined) takeThrown(worker, thrown, pieces)
  for (const flight of flights) pieces.push(takeFlight(worker, flight, thrown === undefined))
  for (const { edge, message, hasCredit } of waiting) {
    message.stamp = FREE
    pieces.push({ edge, sequence: Infinity, messages: [message], isHeld: !hasCredit })
  }
  // Of a call that was split, what is held already was in its first part: it stays ahead of the others.
  const held = worker.ownership.held.giveUp()
  return [...held.map(({ message, source }) => ({ ...source, messages: [message], isHeld: true })), ...pieces]
}

/** The call of one message that throws fails it; a larger one comes again, and so does what is suspected of an outage. */
function takeThrown(worker: Restartable, { flight, error }: Thrown, pieces: Piece[]): void {
  if (flight.messages.length > 1) {
    pieces.push(takeFlight(worker, flight, false))
    return
  }
  for (const message of worker.takeBack(flight, true)) worker.fail(message, error)
  if (flight.hasCredit) flight.edge!.handled(1, flight.bytes)
}

/** @param isCounted whether a call that was under way counts as an attempt. */
function takeFlight(worker: Restartable, flight: Flight, isCounted: boolean): Piece {
  const messages = worker.takeBack(flight, true)
  const edge = flight.edge!
  if (flight.hasCredit)
    edge.handled(flight.messages.length - messages.length, flight.bytes - boundedBytes(edge, messages))
  if (isCounted && (flight.state === 'running' || flight.state === 'failed')) {
    for (const message of messages) message.envelope = message.envelope.with({ attempt: message.attempt + 1 })
  }
  return { edge, sequence: flight.sequence, messages, isHeld: !flight.hasCredit }
}

/** Back to the head of its edge, oldest first; to the other subscribers, where the subscription has ended. */
function putBack(worker: Restartable, edge: Edge, pieces: readonly Piece[]): void {
  const own = pieces.filter((piece) => piece.edge === edge)
  const messages = own.flatMap((piece) => piece.messages)
  if (edge.isCancelled) worker.host.reclaim(edge, messages)
  else
    edge.putBack(
      messages,
      own.filter(({ isHeld }) => isHeld).flatMap((piece) => piece.messages),
    )
}

/** What was in a call that threw is taken in halves, behind what came before it. */
function careFor({ edge, sequence }: Flight, pieces: readonly Piece[]): Careful | undefined {
  const suspect = pieces.find((piece) => piece.edge === edge && piece.sequence === sequence && !piece.isHeld)
  const left = suspect?.messages.length ?? 0
  if (left <= 1) return undefined
  let before = 0
  for (const piece of pieces) if (piece.edge === edge && piece.sequence < sequence) before += piece.messages.length
  return new Careful(edge!, before, left)
}

import { asError, SluiceError } from '../../core/errors.ts'
import { DEAD_LETTERS } from '../../core/letter.ts'
import type { Message } from '../../core/message.ts'
import type { Node } from '../../core/node.ts'
import { Producer } from '../../core/producer.ts'
import type { Worker } from '../../core/worker.ts'
import { rootOf, rootsOf, type Run } from './run.ts'

/** Lets the oracle see what happens to messages, from outside of the kernel. */
export function observe(run: Run, node: Producer | Worker): void {
  watchDrops(run, node)
  watchLetters(run, node)
  if (node instanceof Producer) return watchOutcomes(run, node)
  watchWorker(run, node)
  if (node.outlet === undefined && !node.plan.holds && node.name !== DEAD_LETTERS) watchHandled(run, node)
}

/** A node fails a message for good. An outage is no reason to, unless it is given up on, or was none (A3). */
export function judgeFailure(run: Run, at: { node: string; message: Message; error: unknown }): void {
  const { oracle, scenario, graph, violated } = run
  const { node, message, error } = at
  if (node === DEAD_LETTERS) return
  const roots = rootsOf(message)
  const code = error instanceof SluiceError ? error.code : undefined
  const told = `${node} failed ${message.id} for an outage: ${asError(error).message}`
  if (code === 'SLUICE_GIVEN_UP') {
    if (givesUp(graph.node(node))) oracle.explain(roots)
    else violated('outage-fails-nothing', told)
  } else if (code === 'SLUICE_MESSAGE_SUSPECTED') {
    if (roots.some((root) => oracle.suspects.has(root))) oracle.explain(roots)
    else violated('outage-fails-nothing', told)
  } else if (error instanceof SluiceError && error.kind === 'place') violated('outage-fails-nothing', told)
  if (scenario.workers.some(({ name, onFailure }) => name === node && onFailure === 'stop')) {
    run.stoppedBy = node
    oracle.isAllExplained = true // What the others have fails with the pipeline.
  }
}

function givesUp(node: Producer | Worker): boolean {
  return !(node instanceof Producer) && node.plan.giveUpAfterMs < Infinity
}

function watchHandled({ oracle, trace }: Run, node: Worker): void {
  const pass = node.pass.bind(node)
  node.pass = (messages, ...how) => {
    for (const { data, id } of messages) {
      trace.add('done', node.name, id)
      oracle.handled(node.name, data)
    }
    pass(messages, ...how)
  }
}

function watchWorker({ oracle, trace, attempts, world, violated }: Run, node: Worker): void {
  const restart = node.restart.bind(node)
  node.restart = (options) => {
    attempts.restarted(node.name)
    restart(options)
  }
  const expire = node.expire.bind(node)
  node.expire = (messages) => {
    for (const message of messages) {
      trace.add('expired', node.name, message.id)
      if (message.deadline! > world.latestDate) violated('expired', `${message.id} was shed before its deadline`)
      oracle.explain(rootsOf(message))
    }
    expire(messages)
  }
}

function watchDrops({ oracle, trace }: Run, node: Node): void {
  const drop = node.drop.bind(node)
  node.drop = (messages, reason) => {
    for (const { data } of messages) {
      trace.add('drop', node.name, reason)
      oracle.dropped(node.name, data)
    }
    drop(messages, reason)
  }
}

function watchLetters({ oracle, trace }: Run, node: Node): void {
  const { letters } = node
  if (letters === undefined) return
  const send = letters.send.bind(letters)
  letters.send = (failed) => {
    const { message, part } = failed
    const subject = part === undefined ? message : message.parts![part]!
    trace.add('letter-sent', node.name, subject.id)
    oracle.letterSent(rootsOf(subject), `${subject.id}@${node.name}`)
    send(failed)
  }
}

function watchOutcomes(run: Run, producer: Producer): void {
  const { oracle, trace, outside } = run
  const { name, ledger } = producer
  const { roots } = outside.source(name)
  const admit = ledger.admit.bind(ledger)
  let admitted = 0
  ledger.admit = (group, count, bytes) => {
    for (let i = 0; i < count; i++) oracle.admitted.add(roots[admitted++]!)
    admit(group, count, bytes)
  }
  const acked = producer.acked.bind(producer)
  producer.acked = (...given) => {
    const [messages, from, to] = given
    for (let i = from; i < to; i++) {
      trace.add('acked', name, messages[i]!.id)
      end(run, messages[i]!, { outcome: 'acked', isByPolicy: false })
    }
    acked(...given)
  }
  const ended = producer.ended.bind(producer)
  producer.ended = (message, verdict) => {
    const { outcome, node, reason, error } = verdict
    trace.add(outcome, name, `${message.id} at ${node}: ${reason ?? asError(error).message}`)
    if (reason === 'queue-full') oracle.dropped(name, message.data)
    if (reason === 'failed') judgeFailure(run, { node, message, error })
    end(run, message, { outcome, isByPolicy: reason === 'failed' || reason === 'dead-letter' })
    ended(message, verdict)
  }
}

interface Ending {
  readonly outcome: 'acked' | 'failed'
  /** It failed, and its node's policy has it acked. */
  readonly isByPolicy: boolean
}

/** One that no component is told of needs nothing more. */
function end({ oracle, outside, scenario }: Run, message: Message, { outcome, isByPolicy }: Ending): void {
  const { name } = message.envelope.group.origin
  oracle.ended(rootOf(name, message), outcome, isByPolicy)
  const isTold = scenario.producers.some((producer) => producer.name === name && producer.telling !== 'none')
  if (!isTold) outside.source(name).open.delete(Number(message.position))
}

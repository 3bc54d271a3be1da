import { Kin, kinOf, SETTLED, type Message, type Verdict } from './message.ts'
import { Part } from './part.ts'

/** The verdict of a message whose branches ended differently: the worse of the two (A2). */
function worse(one: Verdict | undefined, other: Verdict | undefined): Verdict | undefined {
  if (one === undefined) return other
  if (other === undefined || one.outcome === 'failed') return one
  return other.outcome === 'failed' ? other : one
}

/**
 * Gives one message its outcome; undefined is a plain ack.
 * Goes up from shells and children to what waits for them, and down from a batch to its parts (A2, A12).
 */
export function settle(settled: Message, given: Verdict | undefined): void {
  let message = settled
  let verdict = given
  for (;;) {
    message.stamp = SETTLED
    const { kin, parent } = message
    if (kin !== undefined) {
      verdict = worse(verdict, kin.verdict)
      if (kin.letters > 0) {
        kin.verdict = verdict
        kin.hasEnded = true
        return
      }
      if (parent === undefined && kin.parts !== undefined) return settleParts(kin, kin.parts, verdict)
    }
    if (parent === undefined) return settleRoot(message, verdict)
    const up = parent.kin!
    if (message instanceof Part) settlePart(message, up, verdict)
    else {
      up.verdict = worse(up.verdict, verdict)
      if (kin?.partVerdicts !== undefined) mergePartVerdicts(up, kin.partVerdicts)
    }
    if (--up.open > 0) return
    verdict = undefined
    message = parent
  }
}

/** A plain ack for each of `messages`, told to their origins in runs. */
export function ackAll(messages: readonly Message[]): void {
  const count = messages.length
  let start = 0
  while (start < count) {
    const message = messages[start]!
    if (message.parent !== undefined || message.kin !== undefined) {
      settle(message, undefined)
      start++
      continue
    }
    const { envelope } = message
    let bytes = message.sizeBytes
    let end = start + 1
    while (end < count) {
      const next = messages[end]!
      if (next.envelope !== envelope || next.kin !== undefined || next.parent !== undefined) break
      bytes += next.sizeBytes
      end++
    }
    envelope.group.origin.acked(messages, start, end, bytes)
    start = end
  }
}

/** A letter of a message is stored, or, where there is a verdict, could not be. */
export function letterStored(message: Message, verdict: Verdict | undefined): void {
  const kin = message.kin!
  kin.verdict = worse(kin.verdict, verdict)
  if (--kin.letters === 0 && kin.hasEnded) settle(message, undefined)
}

/** Lets go of one hold on a message's outcome: a call that could still have made children, or an iterable. */
export function releaseKin(message: Message, kin: Kin): void {
  if (--kin.open === 0) settle(message, undefined)
}

function settleRoot(message: Message, verdict: Verdict | undefined): void {
  const { origin } = message.envelope.group
  if (verdict === undefined) origin.acked([message], 0, 1, message.sizeBytes)
  else origin.ended(message, verdict)
}

function settleParts(kin: Kin, parts: readonly Message[], verdict: Verdict | undefined): void {
  const own = kin.partVerdicts
  if (verdict === undefined && own === undefined) return ackAll(parts)
  for (let index = 0; index < parts.length; index++) settle(parts[index]!, worse(own?.get(index), verdict))
}

/** The batch that a part came out of keeps what became of it; what became of a part's own parts is theirs. */
function settlePart({ source, index, kin }: Part, batch: Kin, verdict: Verdict | undefined): void {
  if (verdict !== undefined) mergePartVerdicts(batch, new Map([[index, verdict]]))
  if (kin?.partVerdicts !== undefined) mergePartVerdicts(kinOf(source), kin.partVerdicts)
}

function mergePartVerdicts(into: Kin, verdicts: ReadonlyMap<number, Verdict>): void {
  const merged = (into.partVerdicts ??= new Map())
  for (const [index, verdict] of verdicts) merged.set(index, worse(merged.get(index), verdict)!)
}

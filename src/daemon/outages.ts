import { DEAD_LETTERS } from '../core/letter.ts'
import type { CircuitStats, NodeStats, PipelineStats } from '../core/stats.ts'
import { printable } from '../kit/text.ts'
import { hintFor } from './hints.ts'
import type { Trouble } from './trouble.ts'

const LONGEST_ERROR = 500

type Observed = Pick<PipelineStats, 'nodes'>

/** The nodes that ask for nothing because the place behind them doesn't work, each in words. @param date wall clock ms */
export function outagesIn(stats: Observed, date: number): Trouble[] {
  return stats.nodes.flatMap(({ name: node, kind, circuit }) => {
    if (circuit === undefined) return []
    const message = node === DEAD_LETTERS ? letterOutage(circuit, stats) : outage(circuit, kind)
    return [
      { kind: 'outage', node, message, at: new Date(date - circuit.openMs).toISOString(), count: circuit.failures },
    ]
  })
}

function outage(circuit: CircuitStats, kind: NodeStats['kind']): string {
  const what =
    kind === 'producer'
      ? 'is given nothing, because what it reads from'
      : 'asks for nothing, because the place behind it'
  return `${what} doesn't work: ${causeOf(circuit)}. ${courseOf(circuit)}`
}

/** Whoever looks at a node that has stopped asking is told here what it waits for. */
function letterOutage(circuit: CircuitStats, { nodes }: Observed): string {
  const waiting = nodes.filter(({ letters }) => letters > 0)
  const shares = waiting.map(({ name, letters }) => `${name} ${letters}`).join(', ')
  const held = shares === '' ? '' : ` What failed stays unacked until then: ${shares}.`
  const stopped = waiting.filter(({ hasRoom }) => !hasRoom).map(({ name }) => ` ${name} asks for nothing more.`)
  return `stores no dead letters: ${causeOf(circuit)}.${held}${stopped.join('')} ${courseOf(circuit)}`
}

/** What is wrong, and what to do about it. */
function causeOf({ error, code }: CircuitStats): string {
  const hint = hintFor(code)
  return `${printable(error, LONGEST_ERROR)}${hint === undefined ? '' : ` (${hint})`}`
}

function courseOf({ failures, openMs, retryInMs, state }: CircuitStats): string {
  const tries = failures === 1 ? '1 try' : `${failures} tries`
  const next = state === 'probing' ? 'one is under way' : `the next one is in ${seconds(retryInMs)}`
  return `${tries} in ${seconds(openMs)}, ${next}`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}

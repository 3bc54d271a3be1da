import { printable } from '../../kit/text.ts'
import { HOOKS } from '../watchdog.ts'
import { seconds } from './words.ts'
import type { ReadNode, ReadRecording } from './parse-recording.ts'

/** What has gone on so lately is taken to be at work. */
const AT_WORK_MS = 1000

/** How long ago a node handled or gave something; undefined where none of that is remembered. */
export function idleMsOf({ name, number }: ReadNode, { edges, events }: ReadRecording): number | undefined {
  const above = new Set(edges.filter(({ to }) => to === name).map((edge) => edge.number))
  const below = new Set(edges.filter(({ from }) => from === name).map((edge) => edge.number))
  return events.findLast(
    ({ event, subject, count }) =>
      subject === number ||
      (above.has(subject) && ((event === 'settle' && count > 0) || event === 'pass')) ||
      (below.has(subject) && event === 'dispatch'),
  )?.agoMs
}

/** Of a node with messages and credit that has not gone on: for how long, and what it waits for. */
export function waitOf(node: ReadNode, recording: ReadRecording): string | undefined {
  const { name, available, inFlight, hasRoom, isPaused } = node
  const count = available + inFlight
  const idleMs = idleMsOf(node, recording)
  const isWaiting = count > 0 && hasRoom && !isPaused && (idleMs === undefined || idleMs >= AT_WORK_MS)
  if (!isWaiting) return undefined
  const since = idleMs === undefined ? 'in all that is remembered' : `for ${seconds(idleMs)}`
  const messages = count === 1 ? '1 message' : `${count} messages`
  return `${printable(name)} had ${messages} and credit, and made no progress ${since}: it waited for ${awaitedBy(node)}`
}

function awaitedBy({ opening, circuit, calls, abandonedCalls, heldBackBy, hook, oldestCallMs = 0 }: ReadNode): string {
  if (opening !== undefined) return `its \`open\`, tried in vain so far (${opening.attempts})`
  if (circuit !== undefined) {
    const { code, failures, openMs } = circuit
    return `the place behind it, which had not worked for ${seconds(openMs)} (${failures} in a row, ${printable(code)})`
  }
  if (calls + abandonedCalls > 0) {
    const late = abandonedCalls > 0 ? `, of which ${abandonedCalls} had passed the timeout` : ''
    return `its handler: ${calls + abandonedCalls} under way${late}, the oldest for ${seconds(oldestCallMs)}`
  }
  if (heldBackBy === 'retry') return 'the time to try again what had failed'
  return hook === undefined ? 'nothing that is known' : HOOKS[hook]
}

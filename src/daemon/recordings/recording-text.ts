import { printable } from '../../kit/text.ts'
import { tableLines } from '../../kit/table.ts'
import { stateOf } from '../progress.ts'
import type { ReadNode, ReadRecording } from './parse-recording.ts'
import { idleMsOf, waitOf } from './waits.ts'
import { edgeName, lastEvents, seconds } from './words.ts'

const LONGEST_REASON = 2000

const NODE_HEAD = ['NODE', 'STATE', 'QUEUED', 'IN FLIGHT', 'HELD', 'PARKED', 'CREDIT BELOW', 'CALLS', 'LAST WENT ON']
const EDGE_HEAD = ['EDGE', 'WINDOW', 'CREDIT', 'QUEUED', 'UNDER WAY', 'RETURNING', 'SURPLUS', '']

/** A recording for people. @param told how many of the last events are told */
export function recordingText(recording: ReadRecording, told: number): string {
  const { pipeline, at, state, reason, events } = recording
  const lines = lastEvents(recording, told)
  const spanMs = events[0]?.agoMs ?? 0
  return [
    `${printable(pipeline)}, which was ${printable(state)}, recorded at ${new Date(at).toISOString()}`,
    `because of ${causeOf(reason)}`,
    '',
    `The last ${lines.length} of ${events.length} events that are remembered, which go back ${seconds(spanMs)}`,
    ...lines.map((line) => `  ${line}`),
    '',
    ...tableLines([NODE_HEAD, ...recording.nodes.map((node) => nodeCells(node, recording))]),
    '',
    ...tableLines([EDGE_HEAD, ...recording.edges.map(edgeCells)]),
    '',
    ...waitLines(recording),
  ].join('\n')
}

/** A reason begins with its occasion. */
function causeOf(reason: string): string {
  if (reason === 'dump') return '`sluice dump`'
  return `${/^(stall|breach)\b/.test(reason) ? 'a ' : ''}${printable(reason, LONGEST_REASON)}`
}

/** Names what has messages and credit, and has not gone on. */
function waitLines(recording: ReadRecording): string[] {
  const lines = recording.nodes.flatMap((node) => waitOf(node, recording) ?? [])
  return lines.length > 0 ? lines : ['Every node that had messages and credit had gone on within the last second.']
}

function nodeCells(node: ReadNode, recording: ReadRecording): string[] {
  const { name, queued, inFlight, held, parked, calls, abandonedCalls } = node
  const below = recording.edges.filter(({ from, now }) => from === name && !now.isCancelled)
  const credit = below.length === 0 ? '-' : String(Math.min(...below.map(({ now }) => now.credit)))
  const idleMs = idleMsOf(node, recording)
  const counts = [queued, inFlight, held, parked].map(String)
  const late = abandonedCalls > 0 ? ` (+ ${abandonedCalls} late)` : ''
  const wentOn = idleMs === undefined ? '-' : `${seconds(idleMs)} before`
  return [printable(name), stateOf(node, false), ...counts, credit, `${calls}${late}`, wentOn]
}

function edgeCells({ from, to, window, now }: ReadRecording['edges'][number]): string[] {
  const { credit, queued, underWay, returning, surplus, isPaused, isCancelled } = now
  const counts = [window.max, credit, queued, underWay, returning, surplus].map(String)
  const state = [isPaused ? 'paused' : [], isCancelled ? 'cancelled' : []].flat().join(', ')
  return [edgeName(from, to), ...counts, state]
}

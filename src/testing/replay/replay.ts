import type { RecordedEvent } from '../../core/recorder.ts'
import type { RecordedEdge } from '../../core/recording.ts'
import { lastEvents, TOLD } from '../../daemon/recordings/words.ts'
import { checkRecording } from './check-recording.ts'
import { EdgeReplay } from './edge-replay.ts'

/** How a recording went when it was gone through again. */
export interface Replay {
  /** Whether every step was by the rules, and everything stands at its end as it was recorded. */
  readonly isSame: boolean
  /** What was not, in words; with the number of the event, from 1 on, or undefined where it was found at the end. */
  readonly deviations: readonly { readonly event: number | undefined; readonly text: string }[]
  /** Events that were gone through. */
  readonly events: number
  /** The last events, in words, oldest first. */
  readonly lines: readonly string[]
}

/**
 * Goes through the events of a recording again, on edges of the kernel in the state that they were in: what was given,
 * handled and put back is done again, what the edges ask for must be what was recorded, and at the end they must stand as
 * they stood. The first step that breaks a rule is named for each subscription.
 *
 * @param told how many of the last events to tell in words; 40 by default.
 * @throws SLUICE_TESTING_RECORDING where it is no recording.
 */
export function replay(given: unknown, told: number = TOLD): Replay {
  const recording = checkRecording(given)
  const deviations: { event: number | undefined; text: string }[] = []
  const steps = recording.events.map((event, index) => ({ event, number: index + 1 }))
  for (const recorded of recording.edges) {
    const found = goThrough(
      recorded,
      steps.filter(({ event }) => event.subject === recorded.number),
    )
    if (found !== undefined) deviations.push({ ...found, text: `${recorded.from} → ${recorded.to} ${found.text}` })
  }
  return {
    isSame: deviations.length === 0,
    deviations,
    events: recording.events.length,
    lines: lastEvents(recording, told),
  }
}

interface Step {
  readonly event: RecordedEvent
  readonly number: number
}

function goThrough(
  recorded: RecordedEdge,
  steps: readonly Step[],
): { event: number | undefined; text: string } | undefined {
  const edge = new EdgeReplay(
    recorded,
    steps.map(({ event }) => event),
  )
  if (edge.flaw !== undefined) return { event: undefined, text: edge.flaw }
  for (const { event, number } of steps) {
    const text = edge.step(event, number === 1)
    if (text !== undefined) return { event: number, text }
  }
  const text = edge.compare()
  return text === undefined ? undefined : { event: undefined, text }
}

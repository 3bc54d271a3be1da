import type { RecordedEvent } from '../../core/recorder.ts'
import { printable } from '../../kit/text.ts'
import type { ReadRecording } from './parse-recording.ts'

/** How many events are told, where nobody says. */
export const TOLD = 40

/** The last events in words, oldest first, with their numbers. */
export function lastEvents(recording: ReadRecording, told: number): string[] {
  const subjects = subjectsOf(recording)
  const first = Math.max(0, recording.events.length - told)
  return recording.events.slice(first).map((event, index) => `${first + index + 1}  ${describeEvent(event, subjects)}`)
}

/** What each subject number stands for. */
function subjectsOf({ nodes, edges }: ReadRecording): ReadonlyMap<number, string> {
  return new Map([
    ...nodes.map(({ number, name }) => [number, printable(name)] as const),
    ...edges.map(({ number, from, to }) => [number, edgeName(from, to)] as const),
  ])
}

/** How a subscription is called. */
export function edgeName(from: string, to: string): string {
  return `${printable(from)} → ${printable(to)}`
}

/** One event in words. */
function describeEvent(
  { agoMs, subject, event, count, more }: RecordedEvent,
  subjects: ReadonlyMap<number, string>,
): string {
  const ago = `-${(agoMs / 1000).toFixed(3)} s`
  return `${ago}  ${subjects.get(subject) ?? `(gone) ${subject}`}  ${WORDS[event](count, more)}`
}

const messages = (count: number): string => (count === 1 ? '1 message' : `${count} messages`)

const WORDS: Readonly<Record<RecordedEvent['event'], (count: number, more: number) => string>> = {
  ask: (count) => `is asked for ${messages(count)}`,
  dispatch: (count) => `gives ${messages(count)}`,
  settle: (count, repaid) => `${messages(count)} handled${repaid > 0 ? `, ${repaid} of them in surplus` : ''}`,
  'put-back': (count, surplus) => `${messages(count)} put back${surplus > 0 ? `, ${surplus} of them in surplus` : ''}`,
  mark: (position) => `a marker is sent, behind ${messages(position)}`,
  pass: (position) => `the marker behind ${messages(position)} is passed`,
  unmark: (position) => `the marker behind ${messages(position)} is taken back`,
  pause: () => 'is paused',
  resume: () => 'is resumed',
  cancel: (credit, queued) => `is cancelled, with credit for ${credit} and ${messages(queued)} that wait`,
  step: (step) => `credit goes back in steps of ${step} from now on`,
  limit: (limit) => `asks for at most ${messages(limit)} from now on`,
  admit: (count) => `lets ${messages(count)} in`,
  outcome: (count) => `${messages(count)} have an outcome`,
  restart: (times) => `starts anew, for the ${times}. time`,
  circuit: (isOpen, failures) =>
    isOpen === 1 ? 'its circuit opens' : `its circuit closes, after ${failures} failures`,
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

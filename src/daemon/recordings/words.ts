import type { RecordedEvent } from '../../core/recorder.ts'
import { printable } from '../../kit/text.ts'
import type { ReadRecording } from './parse-recording.ts'

/** What each subject number stands for. */
export function subjectsOf({ nodes, edges }: ReadRecording): ReadonlyMap<number, string> {
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
export function describeEvent(
  { agoMs, subject, event, count, more }: RecordedEvent,
  subjects: ReadonlyMap<number, string>,
): string {
  const ago = `-${(agoMs / 1000).toFixed(3)} s`
  return `${ago}  ${subjects.get(subject) ?? `(gone) ${subject}`}  ${WORDS[event](count, more)}`
}

export const messages = (count: number): string => (count === 1 ? '1 message' : `${count} messages`)

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
  admit: (count) => `lets ${messages(count)} in`,
  outcome: (count) => `${messages(count)} have an outcome`,
  restart: (times) => `starts anew, for the ${times}. time`,
  circuit: (isOpen, failures) =>
    isOpen === 1 ? 'its circuit opens' : `its circuit closes, after ${failures} failures`,
}

import type { RecordedEvent } from '../../core/recorder.ts'
import { printable } from '../../kit/text.ts'
import type { ReadRecording } from './parse-recording.ts'

/** How many events are told, where nobody says. */
export const TOLD = 40

/** The last events in words, oldest first, with their numbers; without those that changed nothing. */
export function lastEvents(recording: ReadRecording, told: number): string[] {
  const subjects = subjectsOf(recording)
  const lines = recording.events.flatMap((event, index) =>
    isIdle(event) ? [] : [`${index + 1}  ${describeEvent(event, subjects)}`],
  )
  return lines.slice(Math.max(0, lines.length - told))
}

/** A call that leaves nothing behind, or that has nothing to tell of yet, is noted as well. */
function isIdle({ event, count }: RecordedEvent): boolean {
  return count === 0 && (event === 'settle' || event === 'put-back')
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

const counted = (count: number, one: string): string => (count === 1 ? `1 ${one}` : `${count} ${one}s`)
const messages = (count: number): string => counted(count, 'message')
const areMessages = (count: number): string => (count === 1 ? '1 message is' : `${count} messages are`)
/** Those that come again although their credit was given back. */
const surplusOf = (count: number): string => (count > 0 ? `, ${count} of them as surplus` : '')

const WORDS: Readonly<Record<RecordedEvent['event'], (count: number, more: number) => string>> = {
  ask: (count) => `is asked for ${messages(count)}`,
  dispatch: (count) => `gives ${messages(count)}`,
  settle: (count, repaid) => `${areMessages(count)} handled${surplusOf(repaid)}`,
  'put-back': (count, surplus) => `${areMessages(count)} left for a later call${surplusOf(surplus)}`,
  mark: (position) => `a marker is sent, behind ${messages(position)}`,
  pass: (position) => `the marker behind ${messages(position)} is passed`,
  unmark: (position) => `the marker behind ${messages(position)} is taken back`,
  pause: () => 'is paused',
  resume: () => 'is resumed',
  cancel: (credit, queued) => `is cancelled, with credit for ${credit} and ${messages(queued)} that wait`,
  step: (step) => `credit goes back in steps of ${step} from now on`,
  limit: (limit) => `asks for at most ${messages(limit)} from now on`,
  admit: (count) => `lets ${messages(count)} in`,
  outcome: (count) => `is told the outcome of ${messages(count)}`,
  restart: (times) => `starts anew, ${counted(times, 'restart')} so far`,
  circuit: (isOpen, failures) =>
    isOpen === 1 ? 'its circuit opens' : `its circuit closes, after ${counted(failures, 'failure')}`,
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

import type { Message, Verdict } from './message.ts'
import type { StoredMessage } from './overflow-store.ts'

/** Of a batch that was acked as a whole, some parts may have failed by themselves (A12). */
export function hasFailedParts({ kin }: Message): boolean {
  return kin?.partVerdicts !== undefined && [...kin.partVerdicts.values()].some(({ outcome }) => outcome === 'failed')
}

/**
 * The places of the parts of a batch that have failed; undefined where all have, or it is none.
 *
 * @param outcome of the batch, which those parts share that have none of their own.
 */
function failedPlaces({ kin, parts }: Message, outcome: Verdict['outcome']): number[] | undefined {
  if (parts === undefined || kin?.partVerdicts === undefined) return undefined
  const verdicts = kin.partVerdicts
  const places = [...parts.keys()].filter((place) => (verdicts.get(place)?.outcome ?? outcome) === 'failed')
  return places.length === parts.length ? undefined : places
}

/**
 * The same in places of the batch as it was stored.
 *
 * @param places those of the parts that it has now; undefined where it has all.
 */
export function failedAmong(
  places: readonly number[] | undefined,
  message: Message,
  outcome: Verdict['outcome'],
): readonly number[] | undefined {
  const given = places?.length === message.parts?.length ? places : undefined
  return failedPlaces(message, outcome)?.map((place) => given?.[place] ?? place) ?? given
}

/** A stored batch with some of its parts. Where its data says nothing of single parts, it stays whole. */
export function onlyParts(stored: StoredMessage, places: readonly number[] | undefined): StoredMessage {
  const { parts, data } = stored
  if (places === undefined || parts === undefined) return stored
  if (!Array.isArray(data) || data.length !== parts.length) return stored
  const values: readonly unknown[] = data
  return { ...stored, data: places.map((place) => values[place]), parts: places.map((place) => parts[place]!) }
}

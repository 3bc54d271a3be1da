import { printable } from '../kit/text.ts'

/** One figure: read from a source, or several, told apart by one more label. */
type Entry<Source> =
  | { readonly help: string; readonly by?: never; read(source: Source): number }
  | { readonly help: string; readonly by: string; read(source: Source): Readonly<Record<string, number>> }

/** Metrics with the same labels, which are read from the same sources. */
interface FamilySpec<Snapshot, Source> {
  readonly title: string
  readonly labels: Readonly<Record<string, (source: Source) => string>>
  sources(snapshot: Snapshot): readonly Source[]
  /** By name; one that ends in `_total` only ever grows. */
  readonly metrics: Readonly<Record<string, Entry<Source>>>
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Metric<Snapshot> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  /** A phrase. */
  readonly help: string
  readonly labels: readonly string[]
  samples(snapshot: Snapshot): readonly Sample[]
}

export interface Family<Snapshot> {
  readonly title: string
  readonly metrics: readonly Metric<Snapshot>[]
}

/** What components name themselves may be anything, and any number of things: each would be a series for good. */
const MOST_NAMES = 100
const LONGEST_NAME = 100
/** What is shown together because there are too many names. */
const OTHER = 'other'

export function familyOf<Snapshot, Source>(spec: FamilySpec<Snapshot, Source>): Family<Snapshot> {
  const metrics = Object.entries(spec.metrics).map(([name, entry]): Metric<Snapshot> => {
    const labels = [...Object.keys(spec.labels), ...(entry.by === undefined ? [] : [entry.by])]
    return {
      name,
      type: name.endsWith('_total') ? 'counter' : 'gauge',
      help: entry.help,
      labels,
      samples: (snapshot) =>
        spec.sources(snapshot).flatMap((source) => samplesOf(entry, source, labelsOf(spec, source))),
    }
  })
  return { title: spec.title, metrics }
}

function labelsOf<Snapshot, Source>({ labels }: FamilySpec<Snapshot, Source>, source: Source): Sample['labels'] {
  return Object.fromEntries(Object.entries(labels).map(([label, read]) => [label, read(source)]))
}

function samplesOf<Source>(entry: Entry<Source>, source: Source, labels: Sample['labels']): Sample[] {
  if (entry.by === undefined) return [{ labels, value: entry.read(source) }]
  const { by } = entry
  return [...bounded(entry.read(source))].map(([name, value]) => ({ labels: { ...labels, [by]: name }, value }))
}

function bounded(values: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const kept = new Map<string, number>()
  for (const [written, value] of Object.entries(values)) {
    // A component in JavaScript can count anything.
    if (!(value >= 0) || value === Infinity) continue
    const name = printable(written, LONGEST_NAME)
    const shown = kept.has(name) || kept.size < MOST_NAMES ? name : OTHER
    kept.set(shown, (kept.get(shown) ?? 0) + value)
  }
  return kept
}

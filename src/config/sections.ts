import type { Kind } from '../registry/contract.ts'
import { check } from './check.ts'
import { didYouMean } from './explain.ts'
import type { Report } from './report.ts'
import { pipelineSettings } from './settings.ts'
import { emptyMapAt, type MapValue } from './tree.ts'
import { named } from './wording.ts'

/** The sections of a file, each with the kind of its nodes; in the order in which messages pass them. */
export const SECTIONS = { producers: 'producer', stages: 'stage', consumers: 'consumer' } as const satisfies Record<
  string,
  Kind
>
export type SectionName = keyof typeof SECTIONS
const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[]
export const KINDS: readonly Kind[] = Object.values(SECTIONS)

/** Most nodes of a pipeline; bounds what comparing each with each may take. */
const MAX_NODES = 1000

/** A section that the file has. */
export interface Section {
  readonly name: SectionName
  readonly kind: Kind
  /** How the file writes it: the name, or what it was mistaken for. */
  readonly key: string
  readonly nodes: MapValue
}

export interface Top {
  /** What stands beside the sections; undefined where something about it was reported. */
  readonly settings: ReturnType<typeof readSettings>
  readonly sections: readonly Section[]
  /** Sections that are in the file and can't be read: nobody knows their nodes. */
  readonly unread: readonly SectionName[]
}

/** Reads the top of a file. A section whose name is misspelt is reported, and read as what was meant. */
export function readTop(top: MapValue, report: Report): Top {
  const keys = new Map<SectionName, string>(
    SECTION_NAMES.filter((name) => top.entries.has(name)).map((name) => [name, name]),
  )
  const known = [...Object.keys(pipelineSettings.shape), ...SECTION_NAMES]
  for (const key of top.entries.keys()) {
    if (known.includes(key)) continue
    const message = `${named(key)} is not a section or a setting of a pipeline`
    const suggestion = didYouMean(key, known)
    report.add({ code: 'SLUICE_CONFIG_KEY_UNKNOWN', path: [key], at: 'key', message, ...suggestion })
    const meant = SECTION_NAMES.find((name) => name === suggestion.nearest)
    if (meant !== undefined && !keys.has(meant)) keys.set(meant, key)
  }
  const settings = readSettings(top, report)
  const sections: Section[] = []
  const unread: SectionName[] = []
  for (const name of SECTION_NAMES) {
    const key = keys.get(name)
    if (key === undefined) continue
    const nodes = nodesAt(top, key, report)
    if (nodes === undefined) unread.push(name)
    else sections.push({ name, kind: SECTIONS[name], key, nodes })
  }
  // Of too many nodes none is looked at: nobody can tell what is missing among them.
  return isWithinLimit(sections, report)
    ? { settings, sections, unread }
    : { settings, sections: [], unread: SECTION_NAMES }
}

function readSettings(top: MapValue, report: Report) {
  const own = [...top.entries].filter(([key]) => Object.hasOwn(pipelineSettings.shape, key))
  const subject = { value: { ...top, entries: new Map(own) }, path: [], keyIs: 'a setting', owner: 'the file' }
  return check(pipelineSettings, subject, report)
}

/** The nodes of a section: none where nothing stands in it, undefined where nobody can tell. */
function nodesAt(top: MapValue, key: string, report: Report): MapValue | undefined {
  const value = top.entries.get(key)?.value
  if (value === undefined || report.isMuted([key])) return undefined
  if (value.kind === 'map') return value
  if (value.kind === 'scalar' && value.value === null) return emptyMapAt(value)
  const message = `${named(key)}: expected a map of names and nodes, got ${value.kind === 'list' ? 'a list' : 'a single value'}`
  const hint = 'write `<name>:` for each node, and below it, deeper, what it is'
  report.add({ code: 'SLUICE_CONFIG_TYPE', path: [key], message, expected: 'a map', hint })
  return undefined
}

function isWithinLimit(sections: readonly Section[], report: Report): boolean {
  const count = sections.reduce((sum, { nodes }) => sum + nodes.entries.size, 0)
  if (count <= MAX_NODES) return true
  const message = `the pipeline has ${count} nodes: more than ${MAX_NODES}`
  report.add({ code: 'SLUICE_CONFIG_TOO_COMPLEX', path: [], message })
  return false
}

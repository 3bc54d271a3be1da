import type { Definition } from '../core/component.ts'
import { pluginDefinition } from '../registry/contract.ts'
import { noteOrigins } from '../registry/origins.ts'
import type { DefinedNode, WrittenPipeline } from './assemble.ts'
import type { Ref } from './builder-types.ts'
import { namesComponent, reportUnloadable, type NamingDraft } from './components.ts'
import { entriesOf, given } from './given.ts'
import { readNode, type ComponentNames } from './nodes.ts'
import { configuredOf, edgesOf, faultsOf, faultsOfProgram } from './program-faults.ts'
import { originsIn } from './program-origin.ts'
import type { NodeCall, Program } from './recorder.ts'
import type { Report } from './report.ts'
import { readTop, SECTIONS, type SectionName } from './sections.ts'
import type { Entry, MapValue, OffsetRange } from './tree.ts'

/** Ranges count calls: this is that of `definePipeline`, those of its nodes follow. */
const WHOLE: OffsetRange = [0, 1]
const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[]

/** A call, and where its node stands in the tree. */
interface PlacedCall {
  readonly call: NodeCall
  /** Undefined for the node that dead letters go to. */
  readonly section: SectionName | undefined
  /** The name, or where an earlier node has it another one: a tree has each only once. */
  readonly key: string
  readonly range: OffsetRange
}

/** Makes of a program what is made of a file: a tree, whose checks are the same, and the nodes in it. */
export function readProgram(program: Program, report: Report): WrittenPipeline {
  const { name, settings, calls } = program
  const placed = placedCalls(calls)
  const [letters, ...more] = placed.filter(({ section }) => section === undefined)
  const root = mapOf(WHOLE, [
    ...entriesOf(settings, WHOLE).filter(([key]) => key !== 'deadLetters'),
    ['pipeline', { keyRange: WHOLE, value: given(name, WHOLE) }],
    ...SECTION_NAMES.flatMap((section) => sectionOf(section, placed)),
    ...(letters === undefined ? [] : [entryOf(letters)]),
  ])
  report.root = root
  for (const fault of faultsOfProgram(program)) report.add(fault)
  for (const { range } of more) report.add({ ...LETTERS_TWICE, range })
  // Why there is nothing in it has been said.
  if (!program.isFunction) report.mute([])
  const refs = new Set<Ref<unknown>>(calls.map(({ ref }) => ref))
  const top = readTop(root, report)
  const nodes = placed.map((node) => readCall(node, refs, report))
  for (const [index, { draft }] of nodes.entries()) noteOrigins(draft, originsIn(calls, index))
  const [deadLetters] = nodes.filter((_, index) => placed[index]!.section === undefined)
  return { top, nodes: nodes.filter((_, index) => placed[index]!.section !== undefined), deadLetters }
}

const LETTERS_TWICE = {
  code: 'SLUICE_CONFIG_VALUE',
  path: ['deadLetters'],
  message: '`p.deadLetters` is called twice',
  hint: 'call it once: all dead letters of a pipeline go to one place',
} as const

function placedCalls(calls: readonly NodeCall[]): PlacedCall[] {
  const counts = new Map<string, number>()
  return calls.map((call, index) => {
    const range = [index + 1, index + 2] as const
    if (call.isDeadLetters) return { call, section: undefined, key: 'deadLetters', range }
    const section = SECTION_NAMES.find((name) => SECTIONS[name] === call.kind)!
    const { name } = call.ref
    const count = (counts.get(`${section} ${name}`) ?? 0) + 1
    counts.set(`${section} ${name}`, count)
    return { call, section, key: count === 1 ? name : `${name} (${count})`, range }
  })
}

function sectionOf(section: SectionName, placed: readonly PlacedCall[]): [string, Entry][] {
  const nodes = placed.filter((node) => node.section === section)
  if (nodes.length === 0) return []
  return [[section, { keyRange: WHOLE, value: mapOf(WHOLE, nodes.map(entryOf)) }]]
}

function entryOf(node: PlacedCall): [string, Entry] {
  return [node.key, { keyRange: node.range, value: nodeOf(node) }]
}

/** A node as a file would have it. */
function nodeOf({ call, range }: PlacedCall): MapValue {
  const entries = new Map(entriesOf(call.settings, range))
  if (call.kind !== 'producer' && !call.isDeadLetters) {
    const edges = edgesOf(call).map(({ ref, settings }): [string, Entry] => {
      return [ref.name, { keyRange: range, value: given(settings, range) }]
    })
    entries.set('from', { keyRange: range, value: mapOf(range, edges) })
  }
  const configured = configuredOf(call)
  if (configured !== undefined) {
    entries.set(configured.definition.name, { keyRange: range, value: given(configured.options, range) })
  }
  return mapOf(range, entries)
}

function readCall(placed: PlacedCall, refs: ReadonlySet<Ref<unknown>>, report: Report): DefinedNode {
  const { call, section, key } = placed
  const { kind, isDeadLetters = false } = call
  const path = section === undefined ? [key] : [section, key]
  for (const { path: within, ...fault } of faultsOf(call, refs)) {
    report.add({ ...fault, path: [...path, ...within] })
    report.mute([...path, ...within])
  }
  const definition = configuredOf(call)?.definition
  const names: ComponentNames = {
    producer: [],
    stage: [],
    consumer: [],
    [kind]: definition === undefined ? [] : [definition.name],
    isComplete: true,
  }
  const draft = readNode({ name: call.ref.name, kind, path, value: nodeOf(placed), isDeadLetters }, names, report)
  return { draft, definition: namesComponent(draft) ? soundOf(definition, draft, report) : undefined }
}

/** Not every definition was made with the types of this version. */
function soundOf(definition: Definition | undefined, draft: NamingDraft, report: Report): Definition | undefined {
  try {
    return pluginDefinition(definition, draft.name)
  } catch (error) {
    reportUnloadable(draft, error, report)
    return undefined
  }
}

function mapOf(range: OffsetRange, entries: Iterable<[string, Entry]>): MapValue {
  return { kind: 'map', range, isFlow: false, entries: new Map(entries) }
}

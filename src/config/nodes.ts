import { nearest } from '../kit/nearest.ts'
import type { Kind } from '../registry/contract.ts'
import { check } from './check.ts'
import { hintOf } from './errors.ts'
import { nodeKeys, type NodeKeys } from './node-keys.ts'
import type { Report } from './report.ts'
import { KINDS, type Section } from './sections.ts'
import {
  kindsWith,
  NAME,
  nodeSettings,
  pipelineSettings,
  settingsOf,
  settingsSchema,
  type ParsedSettings,
  type SettingName,
  type SettingsOwner,
} from './settings.ts'
import { shownText, type MapValue, type Value } from './tree.ts'
import { listed, named, type Path } from './wording.ts'

/** The names of all components there are, by kind. */
export interface ComponentNames extends Readonly<Record<Kind, readonly string[]>> {
  /** False where there may be others that nobody could load. */
  readonly isComplete: boolean
}

/** One name in a `from`, and where it stands. */
export interface Giver {
  readonly name: string
  /** The name as a message may show it: the variable where it came from one. */
  readonly shown: string
  readonly path: Path
  readonly at: 'key' | 'value'
}

/** A node as the file has it. What is undefined has been reported. */
export interface NodeDraft {
  readonly name: string
  readonly kind: Kind
  readonly path: Path
  readonly givers: readonly Giver[] | undefined
  readonly settings: ParsedSettings | undefined
  readonly component: { readonly name: string; readonly value: Value } | undefined
}

/** Reads a section: names, settings, and which component each node names. Options come later, they need it. */
export function readNodes({ kind, key, nodes }: Section, names: ComponentNames, report: Report): NodeDraft[] {
  return [...nodes.entries].map(([name, { value }]) =>
    readNode({ name, kind, path: [key, name], value }, names, report),
  )
}

/** One node, wherever it stands. */
interface WrittenNode extends Pick<NodeDraft, 'name' | 'kind' | 'path'> {
  readonly value: Value
  /** Whether it is the node that dead letters go to, which stands in no section. */
  readonly isDeadLetters?: boolean
}

/** What stands beside the settings of that node, and is read with those of the pipeline. */
const KEEP = 'keep'
const COMES_BY_ITSELF = 'remove it: what has failed for good comes here by itself, from all nodes'

/** Reads a node: its name, its settings, and which component it names. */
export function readNode({ value, ...place }: WrittenNode, names: ComponentNames, report: Report): NodeDraft {
  return new NodeReader(place, names, report).read(value)
}

class NodeReader {
  readonly #place: Pick<NodeDraft, 'name' | 'kind' | 'path'>
  readonly #names: ComponentNames
  readonly #report: Report
  readonly #owner: SettingsOwner
  /** Keys that stand beside the component, and those that may name it. */
  #keys: NodeKeys

  constructor({ isDeadLetters = false, ...place }: Omit<WrittenNode, 'value'>, names: ComponentNames, report: Report) {
    this.#place = place
    this.#names = names
    this.#report = report
    this.#owner = isDeadLetters ? 'deadLetters' : place.kind
    this.#keys = {
      settings: [...settingsOf(this.#owner), ...(isDeadLetters ? [KEEP] : [])],
      components: names[place.kind],
    }
  }

  get #isAlone(): boolean {
    return this.#owner === 'deadLetters'
  }

  /** The node in a message. */
  get #title(): string {
    const { name, kind, path } = this.#place
    return this.#isAlone ? named(String(path.at(-1))) : `the ${kind} ${named(name)}`
  }

  read(value: Value): NodeDraft {
    const { name, kind, path } = this.#place
    const draft = {
      ...this.#place,
      givers: kind === 'producer' ? [] : undefined,
      settings: undefined,
      component: undefined,
    }
    this.#checkName(name)
    if (this.#report.isMuted(path)) return draft
    if (value.kind !== 'map') {
      if (isNothing(value)) this.#reportMissing()
      else this.#reportNoMap(value)
      return draft
    }
    this.#keys = nodeKeys(value, this.#keys)
    const component = this.#component(value.entries)
    return { ...draft, ...this.#settings(value), component }
  }

  #checkName(name: string): void {
    if (NAME.test(name)) return
    const plain = name
      .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-')
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '-')
    const message = `${named(name)} can't be the name of a node`
    const suggestion = NAME.test(plain)
      ? { nearest: plain, hint: `did you mean ${named(plain)}? ${hintOf('SLUICE_CONFIG_NAME')}` }
      : {}
    this.#report.add({ code: 'SLUICE_CONFIG_NAME', path: this.#place.path, at: 'key', message, ...suggestion })
  }

  #settings(value: MapValue): Pick<NodeDraft, 'givers' | 'settings'> {
    const { kind, path } = this.#place
    const own = [...value.entries].filter(([key]) => key !== KEEP && this.#keys.settings.includes(key))
    const subject = { value: { ...value, entries: new Map(own) }, path, keyIs: 'a setting', owner: this.#title }
    const settings = check(settingsSchema(this.#owner), subject, this.#report)?.value
    const hasGivers = kind !== 'producer' && !this.#isAlone
    return { settings, givers: hasGivers ? this.#givers(value.entries.get('from')?.value) : [] }
  }

  #givers(from: Value | undefined): readonly Giver[] | undefined {
    const path = [...this.#place.path, 'from']
    if (from === undefined || this.#report.hasMutedBelow(path)) return undefined
    if (from.kind === 'map' && from.entries.size > 0) {
      return [...from.entries.keys()].map((name) => ({ name, shown: named(name), path: [...path, name], at: 'key' }))
    }
    if (from.kind === 'map') return undefined
    if (from.kind === 'scalar') return typeof from.value === 'string' ? [giverOf(from, path)] : undefined
    const givers = from.items.flatMap((item, index) =>
      item.kind === 'scalar' ? [giverOf(item, [...path, index])] : [],
    )
    return givers.length === 0 ? undefined : givers
  }

  /** The one component that the node names. */
  #component(entries: MapValue['entries']): NodeDraft['component'] {
    const { path } = this.#place
    const { components } = this.#keys
    const others = [...entries].filter(([key]) => !this.#keys.settings.includes(key))
    const known = others.flatMap(([key, { value }]) => (components.includes(key) ? [[key, value] as const] : []))
    const [first, ...more] = known
    let isExplained = false
    for (const [key] of others) {
      if (!components.includes(key)) isExplained = this.#explainKey(key, first?.[0]) || isExplained
    }
    if (first === undefined) {
      if (!isExplained) this.#reportMissing()
      return undefined
    }
    for (const [key] of more) {
      const message = `${this.#isAlone ? this.#title : 'the node'} names ${named(first[0])} and ${named(key)}: a node has exactly one component`
      const related = [{ range: entries.get(first[0])!.keyRange, message: 'the first one' }]
      const hint = this.#isAlone ? 'name one of them' : undefined
      const place = { path: [...path, key], at: 'key' } as const
      this.#report.add({ code: 'SLUICE_CONFIG_COMPONENT_MANY', ...place, message, hint, related })
    }
    return { name: first[0], value: first[1] }
  }

  /**
   * Says what is wrong with a key that means nothing here.
   *
   * @param beside the component that the node names
   * @returns whether it may have been meant as the component
   */
  #explainKey(key: string, beside: string | undefined): boolean {
    const { kind } = this.#place
    const path = [...this.#place.path, key]
    if (Object.hasOwn(nodeSettings.shape, key)) {
      const owners = kindsWith(key as SettingName).map((owner) => `${owner}s`)
      const isNot = this.#isAlone ? this.#title : `${kind}s`
      const message = `${named(key)} is a setting of ${listed(owners, 'and')}, not of ${isNot}`
      const hint = this.#isAlone && key === 'from' ? COMES_BY_ITSELF : undefined
      this.#report.add({ code: 'SLUICE_CONFIG_KEY_MISPLACED', path, at: 'key', message, hint })
      return false
    }
    if (Object.hasOwn(pipelineSettings.shape, key)) {
      const message = `${named(key)} is a setting of the pipeline, not of ${this.#isAlone ? this.#title : `a ${kind}`}`
      const hint = 'move it to the top'
      this.#report.add({ code: 'SLUICE_CONFIG_KEY_MISPLACED', path, at: 'key', message, hint })
      return false
    }
    const kinds = KINDS.filter((other) => this.#names[other].includes(key))
    if (kinds.length > 0) {
      const message = `${named(key)} is a ${listed(kinds, 'and')}, not a ${kind}`
      const sections = listed(kinds.map((other) => `\`${other}s:\``))
      const hint = `${this.#isAlone ? '' : `move the node to ${sections}, or `}name a ${kind}; there are ${this.#components()}`
      this.#report.add({ code: 'SLUICE_CONFIG_COMPONENT_KIND', path, at: 'key', message, hint })
      return true
    }
    const message = `${named(key)} is not a setting or a component of ${this.#isAlone ? this.#title : `a ${kind}`}`
    const meant = nearest(key, [...this.#keys.settings, ...this.#keys.components])
    if (meant === undefined && !this.#names.isComplete) return true
    const option = beside === undefined ? '' : `; an option of ${named(beside)} stands below \`${beside}:\`, deeper`
    const suggestion =
      meant === undefined
        ? { hint: `components are ${this.#components()}${option}` }
        : { nearest: meant, hint: `did you mean ${named(meant)}?` }
    this.#report.add({ code: 'SLUICE_CONFIG_KEY_UNKNOWN', path, at: 'key', message, ...suggestion })
    return meant === undefined || this.#keys.components.includes(meant)
  }

  #reportMissing(): void {
    const message = `${this.#title} names no component`
    const example = this.#isAlone ? ', as `letters:` for the store that comes with Sluice' : ''
    const { meant = '' } = this.#keys
    const hint = `${meant}name one${example}; there are ${this.#components()}`
    this.#report.add({ code: 'SLUICE_CONFIG_COMPONENT_MISSING', path: this.#place.path, at: 'key', message, hint })
  }

  #reportNoMap(value: Value): void {
    const { name, kind, path } = this.#place
    const message = `${named(name)}: expected a map with one component, got ${value.kind === 'list' ? 'a list' : 'a single value'}`
    const hint = `write the component below the name, deeper; there are ${this.#components()}`
    this.#report.add({ code: 'SLUICE_CONFIG_TYPE', path, message, expected: `a ${kind}`, hint })
  }

  #components(): string {
    return listed(this.#names[this.#place.kind].map(named), 'and')
  }
}

function giverOf(scalar: Value & { kind: 'scalar' }, path: Path): Giver {
  return { name: String(scalar.value), shown: named(shownText(scalar)), path, at: 'value' }
}

function isNothing(value: Value): boolean {
  return value.kind === 'scalar' && value.value === null
}

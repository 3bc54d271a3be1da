import { DEAD_LETTERS } from '../core/letter.ts'
import type { CheckedNode } from './checked.ts'
import { readNode, type ComponentNames, type NodeDraft } from './nodes.ts'
import type { Report } from './report.ts'
import type { Top } from './sections.ts'
import { emptyMapAt, keyRangeAt, type MapValue } from './tree.ts'
import { named } from './wording.ts'

/** The consumer that `deadLetters: true` means. */
const STANDARD = 'letters'

/** Where it stands. */
export const DEAD_LETTERS_PATH = ['deadLetters'] as const
/** Settings that may send messages there. */
const SENDING = ['onFailure', 'whenExpired'] as const
const NODE = { name: DEAD_LETTERS, kind: 'consumer', path: DEAD_LETTERS_PATH } as const

/** Reads where dead letters go: a consumer that stands in no section. @returns undefined where they go nowhere. */
export function readDeadLetters(
  root: MapValue,
  { top, names }: { readonly top: Top; readonly names: ComponentNames },
  report: Report,
): NodeDraft | undefined {
  const value = root.entries.get('deadLetters')?.value
  if (value === undefined || report.isMuted(DEAD_LETTERS_PATH)) return undefined
  if (value.kind === 'map') {
    return readNode({ ...NODE, value, isDeadLetters: true }, names, report)
  }
  if (top.settings?.value.deadLetters !== true) return undefined
  return { ...NODE, givers: [], settings: {}, component: { name: STANDARD, value: emptyMapAt(value) } }
}

/** Finds failures with nowhere to go, in a pipeline without dead letters. */
export function checkNowhere(drafts: readonly NodeDraft[], { settings }: Top, report: Report): void {
  const root = report.root?.kind === 'map' ? report.root : undefined
  // What is written and can't be read has been reported.
  if (root?.entries.has('deadLetters') && settings?.value.deadLetters !== false) return
  for (const { name, kind, path, settings: own } of drafts) {
    for (const setting of SENDING) {
      if (own?.[setting] !== 'dead-letter') continue
      const message = `${named(setting)} of the ${kind} ${named(name)}: the pipeline has no \`deadLetters\``
      report.add({ code: 'SLUICE_CONFIG_DEAD_LETTERS_MISSING', path: [...path, setting], message })
    }
  }
}

/** Finds dead letters that go to where a producer of the pipeline takes messages from: it would take them for its own. */
export function checkLoop(nodes: readonly CheckedNode[], deadLetters: CheckedNode | undefined, report: Report): void {
  const place = deadLetters?.component?.place
  if (place === undefined) return
  const loop = nodes.find(({ component }) => component?.kind === 'producer' && component.place === place)
  if (loop === undefined) return
  const { draft } = loop
  report.add({
    code: 'SLUICE_CONFIG_DEAD_LETTERS_LOOP',
    path: [...DEAD_LETTERS_PATH, deadLetters!.component!.name],
    at: 'key',
    message: `dead letters go to where the producer ${named(draft.name)} takes its messages from`,
    related: [{ range: keyRangeAt(report.root!, draft.path), message: 'the producer' }],
  })
}

import type { CheckedNode } from './checked.ts'
import { clashesOf, type Clash } from './clashes.ts'
import { titleOf } from './overflows.ts'
import type { Report } from './report.ts'
import { hasFilled, keyRangeAt, valueAt } from './tree.ts'
import { named, namedWhole, type Path } from './wording.ts'

/** Something of a node that has what nobody else can have. */
interface Owner {
  readonly wanted: string
  /** In a message. */
  readonly title: string
  readonly path: Path
  /** Whether a message may say what it is: it comes from no variable, which may hold a secret. */
  readonly isShown: boolean
  readonly isStored: boolean
}

/** Finds what two nodes of a pipeline can't both have: a port, a file, the folder of a store. */
export function checkExclusive(nodes: readonly CheckedNode[], report: Report): void {
  for (const clash of clashesOf(nodes.flatMap((node) => ownersIn(node, report)))) {
    const { first, second } = clash
    const related = [{ range: keyRangeAt(report.root!, first.path), message: `${first.title} wants it here` }]
    const hint = first.isStored || second.isStored ? OWN_FOLDER : undefined
    report.add({
      code: 'SLUICE_CONFIG_EXCLUSIVE',
      path: second.path,
      at: 'key',
      message: clashText(clash),
      hint,
      related,
    })
  }
}

const OWN_FOLDER = 'name a `folder` for one of them, or for none: where nobody says, each overflow has one of its own'

/** Who wants what, and how that is the same. */
function clashText({ first, second, because }: Clash<Owner>): string {
  const isShown = first.isShown && second.isShown
  if (because === undefined) {
    const what = isShown ? namedWhole(second.wanted) : 'the same port, file or the like'
    return `${first.title} and ${second.title} both want ${what}`
  }
  if (!isShown) return `${first.title} wants a folder, and ${second.title} ${because}`
  const [one, other] = [namedWhole(first.wanted), namedWhole(second.wanted)]
  return `${first.title} wants ${one}, and ${second.title} wants ${other}: ${because}`
}

function ownersIn({ draft, component, overflows }: CheckedNode, report: Report): Owner[] {
  const stored = overflows.map(({ overflow: { store, setting }, ...ends }): Owner => {
    const path = [...draft.path, ...setting]
    const written = valueAt(report.root!, path)?.value
    const isShown = written === undefined || !hasFilled(written)
    return { wanted: store.exclusive, title: `the overflow of ${named(titleOf(ends))}`, path, isShown, isStored: true }
  })
  const wanted = component?.exclusive
  if (wanted === undefined) return stored
  const isShown = draft.component === undefined || !hasFilled(draft.component.value)
  const path = draft.component === undefined ? draft.path : [...draft.path, draft.component.name]
  return [{ wanted, title: named(draft.name), path, isShown, isStored: false }, ...stored]
}

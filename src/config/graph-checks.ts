import { DEAD_LETTERS } from '../core/letter.ts'
import type { CheckedNodes } from './checked.ts'
import { checkLoop, checkNowhere } from './dead-letters.ts'
import { checkExclusive } from './exclusive-checks.ts'
import { didYouMean } from './explain.ts'
import type { Giver, NodeDraft } from './nodes.ts'
import { checkDropping } from './overflow-checks.ts'
import type { Report } from './report.ts'
import { SECTIONS, type SectionName, type Top } from './sections.ts'
import { checkTimeouts } from './timeouts.ts'
import { keyRangeAt } from './tree.ts'
import { named } from './wording.ts'

/** What only the nodes together show: names, edges, circles, loose ends, and what two nodes can't both have. */
export function checkGraph({ nodes, deadLetters }: CheckedNodes, top: Top, report: Report): void {
  const drafts = nodes.map(({ draft }) => draft)
  const alone = deadLetters === undefined ? [] : [deadLetters]
  const byName = checkNames([...alone.map(({ draft }) => draft), ...drafts], report)
  const isComplete = top.unread.length === 0
  const isSound = drafts.map((draft) => checkGivers(draft, { byName, isComplete }, report)).every(Boolean)
  const hasCycle = reportCycles(byName, report)
  // A `from` that leads nowhere was meant for some node: which one isn't known, so none is called unused.
  if (isSound && isComplete && !hasCycle) checkUsed(drafts, report)
  checkEnds(drafts, top, report)
  checkNowhere(drafts, top, report)
  checkLoop(nodes, deadLetters, report)
  checkDropping(drafts, report)
  checkExclusive([...nodes, ...alone], report)
  checkTimeouts([...nodes, ...alone], report)
}

type ByName = ReadonlyMap<string, NodeDraft>

function checkNames(drafts: readonly NodeDraft[], report: Report): ByName {
  const byName = new Map<string, NodeDraft>()
  for (const draft of drafts) {
    const first = byName.get(draft.name)
    if (first === undefined) {
      byName.set(draft.name, draft)
      continue
    }
    const isTaken = isAlone(first)
    const message = `${named(draft.name)} is also the name of ${isTaken ? 'the node that `deadLetters` makes' : `a ${first.kind}`}`
    const related = [{ range: keyRangeAt(report.root!, first.path), message: isTaken ? 'it' : `the ${first.kind}` }]
    const hint = isTaken ? 'rename it: where a pipeline has dead letters, the name is theirs' : undefined
    report.add({ code: 'SLUICE_CONFIG_NAME_TWICE', path: draft.path, at: 'key', message, hint, related })
  }
  return byName
}

/** @returns whether every `from` of the node leads somewhere */
function checkGivers(draft: NodeDraft, known: { byName: ByName; isComplete: boolean }, report: Report): boolean {
  if (draft.givers === undefined || report.isFull) return false
  const seen = new Set<string>()
  let isSound = true
  for (const giver of draft.givers) {
    const problem = seen.has(giver.name)
      ? ({ code: 'SLUICE_CONFIG_FROM_TWICE', message: `${giver.shown} is named twice` } as const)
      : giverProblem(draft, giver, known)
    seen.add(giver.name)
    if (problem === undefined) continue
    isSound = false
    report.add({ path: giver.path, at: giver.at, ...problem })
  }
  return isSound
}

const NOTHING_COMES_OUT = {
  code: 'SLUICE_CONFIG_FROM_CONSUMER',
  hint: 'what takes them stands in `deadLetters` itself, as `deadLetters: { file: { path: dead.ndjson } }`; `sluice dead-letters retry` puts them back',
} as const

/** Whether a `from` means what failed: by the key at the top, or by the node that it makes. */
function isDeadLetters(name: string, giver: NodeDraft | undefined): boolean {
  return giver === undefined ? name === 'deadLetters' : isAlone(giver)
}

function isAlone({ name, path }: NodeDraft): boolean {
  return name === DEAD_LETTERS && path.length === 1
}

function giverProblem(
  draft: NodeDraft,
  { name, shown }: Giver,
  { byName, isComplete }: { byName: ByName; isComplete: boolean },
) {
  const giver = byName.get(name)
  if (isDeadLetters(name, giver))
    return { ...NOTHING_COMES_OUT, message: `${shown}: nothing comes out of dead letters` }
  if (giver === undefined) {
    if (!isComplete) return undefined
    const givers = [...byName.values()].filter(({ kind, name: other }) => kind !== 'consumer' && other !== draft.name)
    const suggestion = name.includes(',')
      ? { hint: 'a list of nodes stands in brackets: `from: [a, b]`' }
      : didYouMean(
          name,
          givers.map((node) => node.name),
        )
    return { code: 'SLUICE_CONFIG_FROM_UNKNOWN', message: `there is no node ${shown}`, ...suggestion } as const
  }
  if (giver.name === draft.name) return { code: 'SLUICE_CONFIG_CYCLE', message: `${shown} reads from itself` } as const
  if (giver.kind !== 'consumer') return undefined
  return { code: 'SLUICE_CONFIG_FROM_CONSUMER', message: `${shown} is a consumer: nothing comes out of it` } as const
}

/** Walks from every node to those it reads from; a way that comes back to itself is told once. @returns whether there is one */
function reportCycles(byName: ByName, report: Report): boolean {
  const done = new Set<string>()
  let hasCycle = false
  for (const start of byName.values()) {
    const trail: { node: NodeDraft; next: number }[] = []
    if (!done.has(start.name)) trail.push({ node: start, next: 0 })
    while (trail.length > 0) {
      const step = trail.at(-1)!
      const giver = step.node.givers?.[step.next++]
      if (giver === undefined) {
        done.add(step.node.name)
        trail.pop()
        continue
      }
      const node = byName.get(giver.name)
      if (node === undefined || done.has(node.name) || node === step.node) continue
      const index = trail.findIndex((earlier) => earlier.node === node)
      if (index === -1) trail.push({ node, next: 0 })
      else {
        hasCycle = true
        reportCycle(
          trail.slice(index).map((earlier) => earlier.node.name),
          giver,
          report,
        )
      }
    }
  }
  return hasCycle
}

/** `readers` read from each other in turn, the last one from the first; messages go the other way. */
function reportCycle(readers: readonly string[], giver: Giver, report: Report): void {
  const around = [...readers, readers[0]!].toReversed().map((name) => named(name))
  const message = `messages go in a circle: ${around.join(' → ')}`
  report.add({ code: 'SLUICE_CONFIG_CYCLE', path: giver.path, at: giver.at, message })
}

function checkUsed(drafts: readonly NodeDraft[], report: Report): void {
  const used = new Set(drafts.flatMap(({ givers }) => givers?.map(({ name }) => name) ?? []))
  for (const { name, kind, path } of drafts) {
    if (kind === 'consumer' || used.has(name)) continue
    report.add({
      code: 'SLUICE_CONFIG_UNUSED',
      path,
      at: 'key',
      message: `nobody reads from the ${kind} ${named(name)}`,
    })
  }
}

function checkEnds(drafts: readonly NodeDraft[], { sections, unread }: Top, report: Report): void {
  for (const name of ['producers', 'consumers'] satisfies SectionName[]) {
    const kind = SECTIONS[name]
    if (unread.includes(name) || drafts.some((draft) => draft.kind === kind)) continue
    const key = sections.find((section) => section.name === name)?.key
    const hint = `add a node to \`${name}:\``
    const path = key === undefined ? [] : [key]
    report.add({ code: 'SLUICE_CONFIG_INCOMPLETE', path, at: 'key', message: `the pipeline has no ${kind}`, hint })
  }
}

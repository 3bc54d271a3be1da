import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import type { NodeStats, PipelineStats } from '../core/stats.ts'
import { HookWatch } from './hook-watch.ts'
import { lookAt, type NodeState, type Progress, type ProgressByNode } from './progress.ts'
import type { Trouble } from './trouble.ts'

/** After the last call that has not come back in time, a node is named for so long. */
const HUNG_FOR_MS = 60_000

/** What a node waits for whose component has been called and has not come back. */
export const HOOKS: Readonly<Record<NonNullable<NodeStats['hook']>, string>> = {
  open: 'its `open` to come back',
  flush: 'its `flush` to come back',
  settle: 'its `settle` to come back',
  stop: 'its `stop` to come back',
  handleDemand: 'its `handleDemand` to come back, whose signal has aborted',
}

/** A trouble that lasts, and since when. */
interface Lasting {
  readonly trouble: Trouble
  readonly since: number
}

interface WatchdogOptions {
  readonly env: Pick<Env, 'now' | 'date'>
  readonly log: Log
  /** Called once for those that begin to stall at the same look, with what is said of them. */
  onStall?(said: string): void
}

/**
 * Looks at a pipeline once a second (D11), and names the nodes that have messages and credit and make no progress, and
 * those whose calls don't come back: in the log when it begins and when it is over, and meanwhile in `troubles`.
 */
export class Watchdog {
  readonly #env: Pick<Env, 'now' | 'date'>
  readonly #log: Log
  readonly #onStall: ((said: string) => void) | undefined
  readonly #hooks = new HookWatch()
  #progress: ProgressByNode = new Map()
  #lasting = new Map<string, Lasting>()

  constructor({ env, log, onStall }: WatchdogOptions) {
    this.#env = env
    this.#log = log
    this.#onStall = onStall
  }

  /** What each node does, as of the last look. */
  get states(): Readonly<Record<string, NodeState>> {
    return Object.fromEntries([...this.#progress].map(([node, { state }]) => [node, state]))
  }

  get troubles(): Trouble[] {
    return [...this.#lasting.values()].map(({ trouble }) => trouble)
  }

  look(stats: PipelineStats): void {
    const now = this.#env.now()
    this.#progress = lookAt(stats, this.#progress, now)
    const hangs = this.#hooks.look(stats, now)
    const seen = new Map<string, Omit<Trouble, 'at'>>()
    for (const node of stats.nodes) {
      const hungMs = hangs.get(node.name)
      if (hungMs !== undefined) seen.set(`hung ${node.name}`, hookHang(node, hungMs))
      const progress = this.#progress.get(node.name)
      if (progress !== undefined)
        for (const trouble of troublesOf(node, progress, now)) seen.set(keyOf(trouble), trouble)
    }
    for (const [key, { trouble, since }] of this.#lasting) if (!seen.has(key)) this.#over(trouble, now - since)
    const stalls = [...seen].filter(([key, { kind }]) => kind === 'stalled' && !this.#lasting.has(key))
    this.#lasting = new Map([...seen].map(([key, trouble]) => [key, this.#lastingOf(key, trouble, now)]))
    if (stalls.length > 0) this.#onStall?.(stalls.map(([, { node, message }]) => `${node} ${message}`).join('; '))
  }

  #lastingOf(key: string, trouble: Omit<Trouble, 'at'>, now: number): Lasting {
    const known = this.#lasting.get(key)
    if (known !== undefined) return { ...known, trouble: { ...trouble, at: known.trouble.at } }
    this.#log.warn(`${trouble.node} ${trouble.message}`, { node: trouble.node, trouble: trouble.kind })
    return { since: now, trouble: { ...trouble, at: new Date(this.#env.date()).toISOString() } }
  }

  #over({ kind, node }: Trouble, lastedMs: number): void {
    const what = kind === 'stalled' ? 'goes on' : 'has no call that hangs any more'
    this.#log.info(`${node} ${what}, after ${Math.round(lastedMs / 1000)} s`, { node, trouble: kind })
  }
}

function keyOf({ kind, node }: Omit<Trouble, 'at'>): string {
  return `${kind} ${node}`
}

function* troublesOf(node: NodeStats, progress: Progress, now: number): Iterable<Omit<Trouble, 'at'>> {
  const { name } = node
  if (progress.state === 'stalled') yield { kind: 'stalled', node: name, message: stallOf(node), count: 1 }
  const { timedOutAt } = progress
  const isHung = node.abandonedCalls > 0 || (timedOutAt !== undefined && now - timedOutAt < HUNG_FOR_MS)
  if (isHung) yield { kind: 'hung', node: name, message: hangOf(node), count: node.timeouts }
}

function hookHang({ name, component, hook }: NodeStats, hungMs: number): Omit<Trouble, 'at'> {
  const message = `waits for ${HOOKS[hook!]}, for ${Math.round(hungMs / 1000)} s now (component ${component})`
  return { kind: 'hung', node: name, message, count: 1 }
}

function stallOf({ available, inFlight, hook }: NodeStats): string {
  const messages = available + inFlight
  const cause = hook === undefined ? 'nothing that is known, which is a mistake in Sluice' : HOOKS[hook]
  return `has ${messages} ${messages === 1 ? 'message' : 'messages'} and credit, and makes no progress: it waits for ${cause}`
}

function hangOf({ abandonedCalls, oldestCallMs, timeouts }: NodeStats): string {
  const total = `${timeouts} ${timeouts === 1 ? 'call has' : 'calls have'} taken longer than the timeout so far`
  if (abandonedCalls === 0) return `waits for its handler: ${total}, the last one within a minute`
  const age = Math.round((oldestCallMs ?? 0) / 1000)
  const still = `${abandonedCalls} ${abandonedCalls === 1 ? 'call has' : 'calls have'} not come back`
  return `waits for its handler: ${still} after the timeout, the oldest began ${age} s ago (${total})`
}

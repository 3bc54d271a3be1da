import { styleText } from 'node:util'
import type { Log } from '../core/component.ts'
import type { PipelineSpec } from '../core/spec.ts'
import type { Running } from '../daemon/running.ts'
import { promisesOf } from './promises.ts'
import { storesOf } from './stored-text.ts'

/** Where a node listens. */
export interface Door {
  readonly pipeline: string
  readonly node: string
  readonly url: string
}

/**
 * Notes in `doors` where nodes listen: one that does says so in its log, with the field `url`. On a terminal that line
 * is left out, because `announce` tells it in its place.
 */
export function notingDoors(log: Log, doors: Door[], isTerminal: boolean): Log {
  return {
    ...log,
    info(message, fields = {}) {
      const { pipeline = '', node, url } = fields as Partial<Door>
      const isDoor = node !== undefined && url !== undefined
      if (isDoor) doors.push({ pipeline, node, url })
      if (!isDoor || !isTerminal) log.info(message, fields)
    },
  }
}

/** What is known when pipelines run. */
export interface Started {
  readonly specs: readonly PipelineSpec[]
  readonly running: Pick<Running, 'adminUrl'>
  readonly doors: readonly Door[]
}

/** Says in one line of the log for each pipeline that it runs, where to look, and what its doors promise. */
export function announce({ specs, running }: Started, log: Log): void {
  const { adminUrl } = running
  for (const spec of specs) {
    log.info(`${spec.name} is running`, {
      pipeline: spec.name,
      health: `${adminUrl}/health`,
      ready: `${adminUrl}/ready`,
      metrics: `${adminUrl}/metrics`,
      promises: promisesOf(spec),
      ...(storesOf(spec).length === 0 ? {} : { stores: storesOf(spec) }),
      stopTimeoutMs: spec.stopTimeoutMs,
    })
  }
}

/** The same for people: where to send, what is promised, where to look, how to stop. */
export function announcement({ specs, running, doors }: Started, stream: NodeJS.WriteStream): string {
  const longest = Math.max(...specs.map(({ stopTimeoutMs }) => stopTimeoutMs)) / 1000
  const blocks = specs.map((spec) => {
    const title = styleText('green', `${spec.name} is running`, { stream })
    return [title, ...rowsOf(spec, doors).map((row) => formatRow(row, stream))].join('\n')
  })
  const all: readonly Row[] = [
    ['look', ['health', 'ready', 'metrics'].map((path) => `${running.adminUrl}/${path}`).join('  ')],
    ['stop', `Ctrl-C finishes what is under way, within ${longest} s; a second one stops at once`],
  ]
  return `${[...blocks, ...all.map((row) => formatRow(row, stream))].join('\n')}\n\n`
}

type Row = readonly [word: string, text: string]

function rowsOf(spec: PipelineSpec, doors: readonly Door[]): Row[] {
  const own = doors.filter(({ pipeline }) => pipeline === spec.name)
  return [
    ...own.map(({ node, url }) => ['send', `POST ${url}  (${node})`] as const),
    ...Object.entries(promisesOf(spec)).map(([node, promise]) => ['promise', `${node} ${promise}`] as const),
    ...storesOf(spec).map((store) => ['stores', store] as const),
  ]
}

function formatRow([word, text]: Row, stream: NodeJS.WriteStream): string {
  return `  ${styleText('bold', word.padEnd(7), { stream })}  ${text}`
}

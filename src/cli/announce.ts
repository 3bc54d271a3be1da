import { styleText } from 'node:util'
import type { Log } from '../core/component.ts'
import type { PipelineSpec } from '../core/spec.ts'
import type { Running } from '../daemon/start.ts'
import { promisesOf } from './promises.ts'

/** Where a node listens. */
export interface Door {
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
      const { node, url } = fields as Partial<Door>
      const isDoor = node !== undefined && url !== undefined
      if (isDoor) doors.push({ node, url })
      if (!isDoor || !isTerminal) log.info(message, fields)
    },
  }
}

/** What is known when a pipeline runs. */
interface Started {
  readonly spec: PipelineSpec
  readonly running: Running
  readonly doors: readonly Door[]
}

/** Says in one line of the log that a pipeline runs, where to look, and what its doors promise. */
export function announce({ spec, running }: Started, log: Log): void {
  const { adminUrl } = running
  log.info(`${spec.name} is running`, {
    health: `${adminUrl}/health`,
    ready: `${adminUrl}/ready`,
    metrics: `${adminUrl}/metrics`,
    promises: promisesOf(spec),
    stopTimeoutMs: spec.stopTimeoutMs,
  })
}

/** The same for people: where to send, what is promised, where to look, how to stop. */
export function announcement({ spec, running, doors }: Started, stream: NodeJS.WriteStream): string {
  const { name, stopTimeoutMs } = spec
  const promises = Object.entries(promisesOf(spec))
  const rows: (readonly [string, string])[] = [
    ...doors.map(({ node, url }) => ['send', `POST ${url}  (${node})`] as const),
    ...promises.map(([node, promise]) => ['promise', `${node} ${promise}`] as const),
    ['look', ['health', 'ready', 'metrics'].map((path) => `${running.adminUrl}/${path}`).join('  ')],
    ['stop', `Ctrl-C finishes what is under way, within ${stopTimeoutMs / 1000} s; a second one stops at once`],
  ]
  const lines = rows.map(([word, text]) => `  ${styleText('bold', word.padEnd(7), { stream })}  ${text}`)
  return `${styleText('green', `${name} is running`, { stream })}\n${lines.join('\n')}\n\n`
}

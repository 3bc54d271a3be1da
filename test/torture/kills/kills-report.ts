import { killCount, verdictLines } from '../report.ts'
import type { StoreName } from './place.ts'
import type { SequenceVerdict } from './sequence.ts'
import type { State } from './telling.ts'

/** Outcomes that a commit waits for at most, and as many again that come while it is written. */
const COMMIT = 1000
const WHILE_COMMITTING = 1000
/** The `demand` of the gate and of the ledger in spilled.yaml: delivered, and the overflow has heard nothing yet. */
const UNDER_WAY = 150

/** What a store may give out again after a kill. */
export const BOUND = COMMIT + WHILE_COMMITTING + UNDER_WAY

/** What kills by state have come to. */
export interface KillsReport extends SequenceVerdict {
  readonly store: StoreName
  readonly seed: number
  /** By what the overflow told last before them. */
  readonly kills: Readonly<Record<State, number>>
  /** Kills that met another state than the one that they were meant for. */
  readonly missed: number
  readonly serverKills: number
  /** Messages that the daemon has found lost in its store, and told by number. */
  readonly lostByServer: number
  readonly confirmed: number
  /** Posts that were not answered, or with 503, and whose bodies were posted again. */
  readonly repeated: number
  readonly folder: string
}

export function describeKills(report: KillsReport): string {
  const { kills, serverKills, lostByServer } = report
  const states = Object.entries(kills).map(([state, count]) => `${count} ${state}`)
  const lines = [
    `store       ${report.store}`,
    `seed        ${report.seed}`,
    `kills       ${killCount(report)} of the daemon: ${states.join(', ')} (as /health told last); ${report.missed} met another state than they were meant for`,
    ...(report.store === 'redis' ? [`            ${serverKills} of the server, which has an AOF`] : []),
    `2xx         ${report.confirmed} messages; ${report.repeated} posts had no answer, or 503, and were repeated`,
    `lost        ${report.lost} of them; ${lostByServer} found lost in the store, as the daemon says`,
    `order       ${report.outOfOrder} first deliveries out of it`,
    `lines       ${report.lines}`,
    `duplicates  ${report.redelivered} given out again by the store: ${report.mostRedelivered} at most after one kill; ${BOUND} may be`,
    `            (${COMMIT} outcomes until a commit, ${WHILE_COMMITTING} while it is written, ${UNDER_WAY} under way)`,
    ...(report.store === 'redis' ? SERVER_PROMISE : []),
    ...verdictLines(report),
  ]
  return lines.join('\n')
}

const SERVER_PROMISE = [
  'promise     a server that is killed loses nothing that it has answered: it writes its AOF before it answers, and what is',
  '            written outlives the process. A power cut may take what was not synced: two seconds. So may a kill while a',
  '            sync of a slow disk is under way, because writes are put off for it (at most two seconds); here the AOF lies',
  '            in memory, where a sync takes hardly any.',
]

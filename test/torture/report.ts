import type { Verdict } from './ledger.ts'

/** What a torture has come to. */
export interface TortureReport extends Verdict {
  readonly seed: number
  readonly clients: number
  /** By where they struck. */
  readonly kills: Readonly<Record<string, number>>
  /** Drains that ended before their kill. */
  readonly drained: number
  readonly posts: number
  readonly resent: number
  readonly confirmed: number
  /** How many duplicates the kills may have made: payments that they found sent and not answered. */
  readonly bound: number
  /** Last lines without an end: left by a kill, put there by the torture, and cut off as the daemon says. */
  readonly torn: { readonly byKills: number; readonly planted: number; readonly cut: number }
  /** From spawn to running, in ms, in ascending order. */
  readonly startsMs: readonly number[]
  readonly folder: string
}

const MOST_SHOWN = 20

/** What a torture says at its end. */
export function describeReport(report: TortureReport): string {
  const { kills, torn, startsMs } = report
  const places = Object.entries(kills).map(([place, count]) => `${count} ${place}`)
  const lines = [
    `seed        ${report.seed}`,
    `kills       ${killCount(report)}: ${places.join(', ')}; ${report.drained} drains were done before their kill`,
    `posts       ${report.posts} by ${report.clients} clients, ${report.resent} of them resent`,
    `2xx         ${report.confirmed} payments`,
    `lines       ${report.lines}`,
    `duplicates  ${report.duplicates}, at most ${report.bound} (sent and not answered at a kill)`,
    `torn lines  ${torn.byKills} by kills, ${torn.planted} planted; ${torn.cut} cut off`,
    `starts      ${startsMs.length}, median ${startsMs[startsMs.length >> 1] ?? 0} ms, slowest ${startsMs.at(-1) ?? 0} ms`,
    ...verdictLines(report),
  ]
  return lines.join('\n')
}

export function killCount({ kills }: Pick<TortureReport, 'kills'>): number {
  return Object.values(kills).reduce((sum, count) => sum + count, 0)
}

/** What went wrong, if anything did. */
export function verdictLines({ violations, folder }: Pick<TortureReport, 'violations' | 'folder'>): string[] {
  if (violations.length === 0) return ['nothing lost']
  return [
    ...violations.slice(0, MOST_SHOWN),
    ...(violations.length > MOST_SHOWN ? [`and ${violations.length - MOST_SHOWN} more`] : []),
    `${violations.length} violations; the ledger is kept in ${folder}`,
  ]
}

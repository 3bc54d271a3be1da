import { verdictLines } from '../report.ts'

/** What kills at one door have come to. */
export interface DoorReport {
  readonly door: string
  readonly seed: number
  readonly kills: number
  readonly serverKills: number
  readonly entries: number
  /** How many came out, those that came again as well. */
  readonly delivered: number
  readonly lost: number
  readonly twice: number
  /** How many may come again. */
  readonly bound: number
  readonly violations: readonly string[]
  readonly folder: string
}

export function describeDoor(report: DoorReport): string {
  const { door, seed, kills, serverKills, entries, delivered, lost, twice, bound } = report
  return [
    `door        ${door}`,
    `seed        ${seed}`,
    `kills       ${kills} of daemons, ${serverKills} of their server`,
    `entries     ${entries} in, ${delivered} out`,
    `lost        ${lost}`,
    `duplicates  ${twice}; ${bound} may be`,
    ...verdictLines(report),
  ].join('\n')
}

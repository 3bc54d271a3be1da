import type { SequenceVerdict } from '../kills/sequence.ts'

/** The `demand` of the book in shared.yaml: what an owner has handed out when it is paused, it has handed out. */
export const UNDER_WAY = 50
/** Outcomes until a commit, as many while it is written, and what is under way. */
export const FIGHT_BOUND = 2000 + UNDER_WAY

/** What two daemons that fought for a store have come to. */
export interface FightReport extends SequenceVerdict {
  readonly seed: number
  readonly confirmed: number
  readonly pauses: number
  readonly kills: number
  /** Pauses that were long enough for the other one to deliver. */
  readonly takeOvers: number
  /** The most that an owner still delivered after it had lost its lease in a pause. */
  readonly mostLate: number
}

export function describeFight(report: FightReport): string {
  const { violations } = report
  return [
    `seed        ${report.seed}`,
    `fought      ${report.pauses} pauses of the owner, in ${report.takeOvers} of them the other one took over; ${report.kills} kills`,
    `2xx         ${report.confirmed} messages`,
    `lost        ${report.lost} of them`,
    `order       ${report.outOfOrder} first deliveries out of it`,
    `late        ${report.mostLate} deliveries at most by an owner after it had lost its lease; ${UNDER_WAY} may be under way`,
    `duplicates  ${report.redelivered}: ${report.mostRedelivered} at most after one run; ${FIGHT_BOUND} may be`,
    ...violations.slice(0, 20),
    violations.length === 0 ? 'nothing lost' : `${violations.length} violations`,
  ].join('\n')
}

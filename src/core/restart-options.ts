import type { Flight } from './flight.ts'

/** The call that made a holding stage start again. */
export interface Thrown {
  readonly flight: Flight
  readonly error: unknown
}

/** Why a node starts anew, and when. */
export interface RestartOptions {
  /** A call of a holding node that threw, and one that took too long. */
  readonly thrown?: Thrown
  readonly hung?: Flight
  /** Before the component is made again; ms. */
  readonly pauseMs?: number
}

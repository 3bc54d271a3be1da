/** Something that is wrong at a node while its pipeline goes on, or that was. */
export interface Trouble {
  /**
   * `exception`, `rejection`: it threw, or left a promise rejected, outside of every handler. `blocked-loop`: a turn of it
   * kept the whole process waiting. `hung`: a call has not come back after its timeout, or a hook for 10 s. `stalled`: it has messages and
   * credit, and makes no progress. `outage`: the place behind it doesn't work, so that it asks for nothing.
   * `overflow`: the store of what it gives doesn't get on, or has lost something.
   */
  readonly kind: 'exception' | 'rejection' | 'blocked-loop' | 'hung' | 'stalled' | 'outage' | 'overflow'
  /** Null where nobody can be named. */
  readonly node: string | null
  /** What is known of it, in one sentence. */
  readonly message: string
  /** When it happened last, or since when it lasts; ISO 8601. */
  readonly at: string
  /** How often it has happened; of an outage, tries that have failed. */
  readonly count: number
}

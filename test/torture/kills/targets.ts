import type { Gatekeeper } from './gatekeeper.ts'
import type { Senders } from './senders.ts'
import type { State, Telling } from './telling.ts'

/** So few send that memory never fills up; so many that it does. */
const CALM = 2
export const BURST = 12
/** Enough stored to take a while to be delivered; from there to closing in steps. */
const BACKLOG = 600
const LARGE_BACKLOG = 1500
const STEP = 25
/** How long a kill waits in its state at most: while it opens, about as long as an append by a slow store takes. */
const LONGEST_MS: Readonly<Record<State, number>> = {
  direct: 60,
  opening: 20,
  spilling: 80,
  draining: 120,
  closing: 60,
}
const MOST_MISSED = 20

/** What brings an overflow into a state. */
export interface Hands {
  readonly gate: Gatekeeper
  readonly senders: Senders
  readonly telling: Telling
  readonly random: () => number
}

/**
 * Brings a running overflow into a state, lets a random time pass, and waits a little until it is told to be in that state.
 * Of states that are short it may have left it for good by then.
 *
 * @returns what the overflow told last: at once whoever kills has to kill
 */
export async function reach(state: State, hands: Hands): Promise<State> {
  await REACHED[state](hands)
  await hands.telling.during(hands.random() * LONGEST_MS[state])
  const told = await hands.telling.soon((now) => now.state === state)
  return told.state
}

const REACHED: Readonly<Record<State, (hands: Hands) => Promise<void>>> = {
  direct: toDirect,
  async opening(hands) {
    for (let missed = 0; missed < MOST_MISSED; missed++) {
      await toDirect(hands)
      hands.gate.shut()
      hands.senders.active = BURST
      const { state } = await hands.telling.until((told) => told.state !== 'direct', 'it to open')
      if (state === 'opening') return
    }
  },
  spilling: (hands) => toBacklog(hands, 1),
  async draining(hands) {
    for (let missed = 0; missed < MOST_MISSED; missed++) {
      await toBacklog(hands, LARGE_BACKLOG)
      hands.senders.active = CALM
      hands.gate.open()
      const { state } = await hands.telling.until((told) => told.state !== 'spilling', 'it to drain')
      if (state === 'draining') return
    }
  },
  /** Arrivals pause until the last is about to be read; then some come, and wait in memory. */
  async closing(hands) {
    const { gate, senders, telling, random } = hands
    await toBacklog(hands, BACKLOG)
    senders.active = 0
    await telling.until(({ state }) => {
      if (state === 'closing' || state === 'direct') return true
      gate.pass(STEP)
      return false
    }, 'it to close')
    if (random() < 0.7) senders.active = CALM
    if (random() < 0.7) gate.pass(Math.floor(random() * BACKLOG))
  },
}

/** Whoever waits for a store only sends more than the gate lets pass: so nobody sends until it has delivered all. */
async function toDirect({ gate, senders, telling }: Hands): Promise<void> {
  gate.open()
  senders.active = 0
  await telling.until(({ state }) => state === 'direct', 'it to be direct')
  senders.active = CALM
}

/** The gate is shut, and so many are stored. */
async function toBacklog({ gate, senders, telling }: Hands, least: number): Promise<void> {
  gate.shut()
  senders.active = BURST
  await telling.until(({ state, stored }) => state === 'spilling' && stored >= least, 'a backlog')
}

import type { Clock } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import type { Rx, SchedulerAction, SchedulerLike, Subscription } from './rx-types.ts'

type Work<T> = (this: SchedulerAction<T>, state?: T) => void

/** The part of the library that a scheduler is made of. */
type Parts = Pick<Rx, 'Subscription'>

/**
 * Time for operators, on a node's clock: a test owns it, and what has been scheduled ends with the node. What is thrown
 * by scheduled work, and caught by no operator, is a fault of the node.
 */
export function clockScheduler(parts: Parts, clock: Clock): SchedulerLike {
  // Operators want a date, which must not jump.
  const base = clock.date() - clock.now()
  const scheduler = {
    now: () => base + clock.now(),
    schedule<T>(work: Work<T>, delayMs = 0, state?: T): Subscription {
      return newAction(parts, clock, work).schedule(state, delayMs)
    },
  }
  return scheduler
}

/** Work that may schedule itself again, and that is unsubscribed from to be cancelled. */
function newAction<T>({ Subscription: Base }: Parts, clock: Clock, work: Work<T>): SchedulerAction<T> {
  let timer: Timer | undefined
  const action = new Base(() => timer?.cancel()) as SchedulerAction<T>
  action.schedule = (state, delayMs = 0) => {
    timer?.cancel()
    if (!action.closed) {
      timer = clock.after(delayMs, () => {
        timer = undefined
        work.call(action, state)
      })
    }
    return action
  }
  return action
}

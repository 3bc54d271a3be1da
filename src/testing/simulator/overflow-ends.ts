import type { ConsumerHandlers, Receipt } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { ConsumerComponent, ProducerComponent } from '../../core/spec.ts'
import type { OverflowChoice } from './overflow-choice.ts'
import type { OverflowOracle } from './overflow-oracle.ts'
import type { Random } from './random.ts'
import { Deferred, type World } from './world.ts'

const COMPONENT = { io: false, exclusive: undefined, keyed: false }
const MOST_AT_ONCE = 12

/** Sends what is left, and hears what becomes of it; what is sent is taken out of `unsent`. */
export function sender({
  unsent,
  random,
  oracle,
  onRejected,
}: {
  readonly unsent: number[]
  readonly random: Random
  readonly oracle: OverflowOracle
  onRejected(): void
}): ProducerComponent {
  const roots = new Map<Message, string>()
  return {
    ...COMPONENT,
    kind: 'producer',
    name: 'sender',
    outcomes: true,
    create: ({ message, end }) => ({
      handleDemand: (count) => {
        const most = Math.min(count, random.between(1, MOST_AT_ONCE))
        const messages = unsent.splice(0, most).map((sequence) => {
          const made = message(sequence)
          roots.set(made, String(sequence))
          oracle.emitted(String(sequence))
          return made
        })
        if (unsent.length === 0) end()
        return messages
      },
      settle: (receipts: readonly Receipt[]) => {
        for (const { message: told, outcome, error } of receipts) {
          oracle.ended(roots.get(told)!, outcome === 'acked')
          if (error instanceof SluiceError && error.code === 'SLUICE_OVERFLOW_FULL') onRejected()
        }
      },
    }),
  }
}

/** Takes its time, and fails now and then; not any more once everything is healed. */
export function receiver({
  choice: { concurrency, rates },
  random,
  world,
  oracle,
  isHealed,
  isDead,
}: {
  readonly choice: OverflowChoice
  readonly random: Random
  readonly world: World
  readonly oracle: OverflowOracle
  readonly isHealed: boolean
  isDead(): boolean
}): ConsumerComponent {
  const each = (data: unknown, message: Message): PromiseLike<void> => {
    const root = String(data)
    const answer = new Deferred()
    if (concurrency === 1) oracle.cameInOrder(message, root)
    world.schedule(random.float() * (isHealed ? 1 : rates.consume), () => {
      if (isDead()) return
      // Who has no store behind it fails back to its sender.
      if (!isHealed && random.chance(rates.fail)) return answer.reject(new Error('refused'))
      oracle.done(message, root)
      answer.resolve(undefined)
    })
    return answer as unknown as PromiseLike<void>
  }
  return { ...COMPONENT, kind: 'consumer', name: 'sink', holds: false, create: (): ConsumerHandlers => ({ each }) }
}

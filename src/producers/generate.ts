import { z } from 'zod'
import { defineProducer, type CallInfo, type Clock, type OptionsOf, type ProducerContext } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import type { Message } from '../core/message.ts'
import { fieldsExpression } from '../kit/expression/schema.ts'
import { seededRandom } from '../kit/seeded-random.ts'

const options = z
  .strictObject({
    rate: z
      .number()
      .min(0.001)
      .max(10_000_000)
      .optional()
      .describe('Messages per second; as many as are asked for where it is left out.'),
    count: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional().describe('Ends after so many; never where left out.'),
    seed: z.int().min(0).max(0xffff_ffff).default(1).describe('The same seed makes the same random numbers.'),
    data: fieldsExpression()
      .optional()
      .describe(
        'One expression, or an object of expressions that gives exactly these fields. They see `data.index`, from 0, ' +
          'and `data.random`, another number in [0, 1) each time. Where it is left out, the data is `{ index }`.',
      ),
    template: z.json().optional().describe('The same data for every message, in place of `data`.'),
  })
  .refine(({ data, template }) => data === undefined || template === undefined, {
    error: 'give `data` or `template`, not both',
    path: ['template'],
  })

type Options = z.output<typeof options>

/**
 * Makes messages, for trying and measuring.
 *
 * Shape:  out messages with the data that the options say.
 * Demand: gives what is asked for, with `rate` not more than that; what nobody asked for in time is not made up for.
 * Acks:   nobody can be told: what fails is reported, and the process ends with 65.
 * Errors: what `data` throws ends the pipeline: there is no message yet that could fail, and the next one would too.
 */
const definition = defineProducer({
  name: 'generate',
  summary: 'Makes messages, at a rate or as fast as they are asked for.',
  options,
  create: (settings, context) => {
    const { rate, count: total = Infinity } = settings
    const make = makerOf(settings, context)
    let pace: Pace | undefined
    let made = 0

    function give(count: number): Message[] {
      const messages: Message[] = []
      for (let left = Math.min(count, total - made); left > 0; left--) messages.push(make(made++))
      if (made === total) context.end()
      return messages
    }

    async function giveLater(count: number, { signal }: CallInfo, paced: Pace): Promise<readonly Message[]> {
      for (;;) {
        await paced.wait(signal)
        if (signal.aborted) return []
        // A timer may fire a little early, and an answer with nothing in it would be the last one.
        const due = paced.take(count)
        if (due > 0) return give(due)
      }
    }

    return {
      handleDemand: (count, call) => {
        if (rate === undefined) return give(count)
        pace ??= new Pace(rate, context.clock)
        const due = pace.take(count)
        return due > 0 ? give(due) : giveLater(count, call, pace)
      },
    }
  },
})
export default definition

type Settings = Omit<OptionsOf<typeof definition>, 'data' | 'template'>

/** Makes messages: `generate({ rate: 100, data: ({ index, random }) => ({ id: index, amount: random * 100 }) })`. */
export function generate(settings?: Settings): ConfiguredProducer<{ readonly index: number }>
export function generate<T>(settings: Settings & { readonly template: T }): ConfiguredProducer<T>
export function generate<T>(settings: Settings & { readonly data: (sample: Sample) => T }): ConfiguredProducer<T>
export function generate(settings: Settings = {}): ConfiguredProducer<unknown> {
  return configure(definition, settings)
}

/** What `data` is while an expression makes the data of a message. */
class Sample {
  readonly index: number
  readonly #next: () => number

  constructor(index: number, next: () => number) {
    this.index = index
    this.#next = next
  }

  get random(): number {
    return this.#next()
  }
}

function makerOf({ seed, data, template }: Options, { message }: ProducerContext): (index: number) => Message {
  if (template !== undefined) return () => message(template)
  if (data === undefined) return (index) => message({ index })
  const next = seededRandom(seed)
  return (index) => {
    const made = message<unknown>(new Sample(index, next))
    made.data = data(made)
    return made
  }
}

/** Ms between two looks at the clock at least; what has become due meanwhile comes together. */
const SHORTEST_WAIT_MS = 5
/** What a pipeline that was busy may get at once afterwards. */
const CATCH_UP_MS = 100

/** Says how many messages are due: number n is, n ÷ rate seconds after the start. */
class Pace {
  readonly #perMs: number
  readonly #clock: Clock
  readonly #mostAtOnce: number
  #start: number
  #taken = 0

  constructor(ratePerSecond: number, clock: Clock) {
    this.#perMs = ratePerSecond / 1000
    this.#clock = clock
    this.#mostAtOnce = Math.max(1, Math.floor(this.#perMs * CATCH_UP_MS))
    this.#start = clock.now()
  }

  /** Takes up to `count` of what is due. */
  take(count: number): number {
    const now = this.#clock.now()
    let due = Math.floor((now - this.#start) * this.#perMs + ROUNDING) + 1 - this.#taken
    if (due > this.#mostAtOnce) {
      // Nobody asked in time: the count begins anew from here.
      due = this.#mostAtOnce
      this.#start = now
      this.#taken = 1 - due
    }
    const taken = Math.max(0, Math.min(count, due))
    this.#taken += taken
    return taken
  }

  /** Resolves when the next one is due, or the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    const dueAt = this.#start + this.#taken / this.#perMs
    const delay = Math.max(SHORTEST_WAIT_MS, dueAt - this.#clock.now())
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.#clock.after(delay, end)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
    })
  }
}

/** Parts of a message: 0.1 × 30 must be 3, not 2.999…, or a timer that fires on time would be too early. */
const ROUNDING = 1e-6

import { map, Observable } from 'rxjs'
import { consumer, inLine, numbers, runToEnd } from './pipeline.js'

/** How many integers come in one turn of the event loop. */
const BURST = 1000

/**
 * The integers 0..count-1 from a source that comes as it likes, in bursts.
 *
 * @param {number} count
 * @returns {Observable<number>}
 */
export function bursts(count) {
  return new Observable((subscriber) => {
    let next = 0
    const burst = () => {
      for (const end = Math.min(count, next + BURST); next < end; next++) subscriber.next(next)
      if (next < count) setImmediate(burst)
      else subscriber.complete()
    }
    burst()
  })
}

/**
 * What comes from an observable, acked.
 *
 * @param {import('../contract.js').Build} build
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function observed({ core, producer }) {
  const definition = await producer('observable')
  return (count, consume) => {
    const options = definition.options.parse({ source: bursts(count), whenFull: 'error', queue: { messages: 100_000 } })
    const parts = [{ component: core.bind(definition, options) }, { component: consumer(core, consume) }]
    return runToEnd(core, inLine(parts, { max: 1000 }), { count })
  }
}

/**
 * Operators in a pipeline, acked.
 *
 * @param {import('../contract.js').Build} build
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function operators({ core, stage }) {
  const definition = await stage('rx')
  /** @param {Observable<import('../../src/index.ts').Message<number>>} messages$ */
  const project = (messages$) =>
    messages$.pipe(
      map((message) => message.with(message.data + 1)),
      map((message) => message.with(message.data * 2)),
    )
  return (count, consume) => {
    const component = core.bind(definition, definition.options.parse({ project }))
    const parts = [{ component: numbers(core, count) }, { component }, { component: consumer(core, consume) }]
    return runToEnd(core, inLine(parts, { max: 1000 }), { count })
  }
}

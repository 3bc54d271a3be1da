import type { Definition } from '../../core/component.ts'
import type { ConfiguredConsumer, ConfiguredProducer, ConfiguredStage } from '../../core/configured.ts'
import type { Testable } from './component.ts'
import { Run, type ConsumerRun, type ProducerRun, type StageRun } from './run.ts'
import { Subject, type HarnessOptions } from './subject.ts'
import { RealTime, SimulatedTime } from './time.ts'
import { Watch } from './watch.ts'

type Defined<K extends Definition['kind']> = Extract<Definition, { kind: K }>

/**
 * Runs one component in the real kernel, with messages that a test pushes and demand that it grants, on a clock that it
 * moves. What the component gets is deep-frozen; what comes out is kept, with the outcome of each message.
 *
 *     const run = harness(redact({ fields: ['iban'] }))
 *     run.grant(10)
 *     await run.push([{ id: 1, iban: 'DE02' }])
 *     expect(run.given).toEqual([{ id: 1, iban: null }])
 *     expect(run.outcomes).toEqual([{ data: { id: 1, iban: 'DE02' }, outcome: 'acked' }])
 *     await run.stop()
 *
 * A definition is tried with its options beside it: `harness(definition, { options: { fields: ['iban'] } })`. A component
 * whose `open` fails rejects whatever is awaited first.
 *
 * @throws SLUICE_TESTING_COMPONENT, SLUICE_TESTING_OPTIONS, SLUICE_TESTING_MISUSE
 */
export function harness<Out>(component: ConfiguredProducer<Out>, options?: HarnessOptions): ProducerRun<Out>
export function harness<Out>(component: ConfiguredStage<never, Out>, options?: HarnessOptions): StageRun<Out>
export function harness(component: ConfiguredConsumer<never>, options?: HarnessOptions): ConsumerRun
export function harness(component: Defined<'producer'>, options?: HarnessOptions): ProducerRun
export function harness(component: Defined<'stage'>, options?: HarnessOptions): StageRun
export function harness(component: Defined<'consumer'>, options?: HarnessOptions): ConsumerRun
export function harness(component: Testable, options?: HarnessOptions): unknown {
  return run(component, options)
}

/** The same for a component of any kind. */
export function run(component: Testable, options: HarnessOptions = {}): Run {
  const watch = new Watch(options.freezes ?? true)
  const isReal = options.clock === 'real'
  const isIo = isReal || (options.io ?? doesIo(component))
  const outside = { isIo, waiting: () => (isIo ? watch.waiting : 0) }
  const time = isReal ? new RealTime(outside) : new SimulatedTime(outside)
  return new Run(new Subject(component, options, { env: time.env, watch }), time)
}

function doesIo(component: Testable): boolean {
  if (typeof component !== 'object' || component === null) return false // It will be told so.
  const { io = false } = 'definition' in component ? component.definition : component
  return io
}

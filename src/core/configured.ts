import type { ZodType } from 'zod'
import type { Definition, MaybePromise, OptionsOf, ProducerDefinition } from './component.ts'
import type { Message } from './message.ts'

/** Where the types of `data` stand that a component takes and gives: for the compiler only, nothing is ever there. */
declare const DATA: unique symbol

/** Takes a key from a message: numbers and booleans become strings, nothing is no key (D12). */
export type KeyOf<T> = (data: T, message: Message<T>) => string | number | boolean | null | undefined

/** A producer and its options as they are written; it gives messages with data of a type. */
export interface ConfiguredProducer<Out> {
  readonly kind: 'producer'
  readonly definition: Extract<Definition, { kind: 'producer' }>
  readonly options: unknown
  readonly [DATA]?: { readonly gives: () => Out }
}

/** A stage and its options as they are written. */
export interface ConfiguredStage<In, Out> {
  readonly kind: 'stage'
  readonly definition: Extract<Definition, { kind: 'stage' }>
  readonly options: unknown
  readonly [DATA]?: { readonly takes: (data: In) => void; readonly gives: () => Out }
}

/** A consumer and its options as they are written. */
export interface ConfiguredConsumer<In> {
  readonly kind: 'consumer'
  readonly definition: Extract<Definition, { kind: 'consumer' }>
  readonly options: unknown
  readonly [DATA]?: { readonly takes: (data: In) => void }
}

/** Any component with its options. */
export type Configured = ConfiguredProducer<unknown> | ConfiguredStage<never, unknown> | ConfiguredConsumer<never>

/**
 * Gives a definition its options, and the types of `data` that it takes and gives, for a factory whose types the
 * definition itself can't say:
 *
 *     export const filter = <T>(when: (data: T) => boolean) => configure<T, T>(definition, { when })
 */
export function configure<Out>(
  definition: ConfiguredProducer<Out>['definition'],
  options: unknown,
): ConfiguredProducer<Out>
export function configure<In>(
  definition: ConfiguredConsumer<In>['definition'],
  options: unknown,
): ConfiguredConsumer<In>
export function configure<In, Out>(
  definition: ConfiguredStage<In, Out>['definition'],
  options: unknown,
): ConfiguredStage<In, Out>
export function configure(definition: Definition, options: unknown): object {
  return { kind: definition.kind, definition, options }
}

/**
 * Gives a definition its options, for a builder. What it takes and gives is what its handlers say:
 *
 *     p.stage('redacted', payments, use(redact, { fields: ['iban'] }))
 */
export function use<D extends Definition>(definition: D, ...[options]: Given<OptionsOf<D>>): ConfiguredOf<D> {
  return { kind: definition.kind, definition, options } as unknown as ConfiguredOf<D>
}

/** Options can be left out where none is needed. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- whether nothing at all would do is the question
type Given<O> = Record<never, never> extends O ? [options?: O] : [options: O]

type ConfiguredOf<D extends Definition> = D extends { kind: 'producer' }
  ? ConfiguredProducer<D extends ProducerDefinition<ZodType, infer Out> ? Out : unknown>
  : D extends { kind: 'stage' }
    ? ConfiguredStage<Taken<ReturnType<D['create']>>, Made<ReturnType<D['create']>>>
    : D extends { kind: 'consumer' }
      ? ConfiguredConsumer<Taken<ReturnType<D['create']>>>
      : never

/** The data that handlers name; any, where they name none. */
type Taken<H> = H extends
  | { map(data: infer In, ...rest: never[]): unknown }
  | { filter(data: infer In, ...rest: never[]): unknown }
  | { flatMap(data: infer In, ...rest: never[]): unknown }
  | { each(data: infer In, ...rest: never[]): unknown }
  | { handle(messages: readonly Message<infer In>[], ...rest: never[]): unknown }
  ? Known<In>
  : unknown

/** The data that the handlers of a stage give. */
type Made<H> = H extends { filter: unknown }
  ? Taken<H>
  : H extends { map(...args: never[]): MaybePromise<infer Out> }
    ? Out
    : H extends { flatMap(...args: never[]): MaybePromise<Iterable<infer Out>> }
      ? Out
      : H extends { handle(...args: never[]): MaybePromise<readonly Message<infer Out>[] | undefined | void> }
        ? Known<Out>
        : unknown

/** A handler that doesn't say what its data is takes any. */
type Known<T> = [T] extends [never] ? unknown : T

import { passMarkers } from './barrier.ts'
import type { ConsumerHandlers, FlushReason, StageContext, StageHandlers } from './component.ts'
import { asError, kindOf, SluiceError } from './errors.ts'
import type { Expansion } from './expansion.ts'
import type { Flight } from './flight.ts'
import type { Message } from './message.ts'
import { Lease } from './lease.ts'
import { runHook, type Host } from './node.ts'
import type { WorkerPlan } from './plan.ts'
import { Pump } from './pump.ts'
import { returnedParts, type Returned } from './refusals.ts'
import { restart } from './restart.ts'
import type { RestartOptions } from './restart-options.ts'
import { shapeOf } from './shapes.ts'
import { WorkerBase } from './worker-base.ts'

/** A stage or a consumer: its component instance, and its turns. */
export class Worker extends WorkerBase {
  readonly pump: Pump
  #handlers: StageHandlers | ConsumerHandlers | undefined
  #lease: Lease | undefined
  /** Parts that it held, and kept, when it was asked for them last. */
  #withheld: number | undefined
  /** Its component has been asked for its health, and hasn't answered. */
  #isAsking = false

  constructor(host: Host, plan: WorkerPlan, index: number) {
    super(host, plan, index)
    this.pump = new Pump(this)
  }

  override turn(): void {
    this.outlet?.place()
    this.letters?.place()
    if (!this.isOpen || this.isFinished) return
    this.lastTaken = 0
    if (this.expansion === undefined || this.#expand(this.expansion)) this.pump.turn(this.turnLimit)
    if (this.plan.holds) this.#limitHeld()
    passMarkers(this)
  }

  override get isIdle(): boolean {
    return this.expansion === undefined && this.pump.isIdle
  }

  override openCall(number: number): Flight | undefined {
    return this.pump.openCall(number)
  }

  override isInHand(message: Message): boolean {
    return this.pump.isInHand(message)
  }

  override isWaiting(message: Message): boolean {
    return this.pump.isWaiting(message)
  }

  override refuseInHand(message: Message, error: unknown): boolean {
    return this.pump.refuseInHand(message, error)
  }

  override get returned(): number {
    return returnedParts(this.pump.slots?.list() ?? [])
  }

  override comeAgain(returned: Returned, error: unknown): void {
    this.flushedFor = undefined // What comes again is before what marks the end.
    this.pump.comeAgain(returned, error)
  }

  override removed(): void {
    this.pump.removed()
  }

  override threw(flight: Flight, thrown: unknown): boolean {
    // A component that names an outage has its state in order; any other throw of one that holds leaves it in doubt.
    if (this.plan.holds && kindOf(thrown) === 'message') {
      restart(this, { thrown: { flight, error: thrown } })
      return true
    }
    for (const message of this.takeBack(flight)) this.fail(message, thrown)
    return false
  }

  override restart(options?: RestartOptions): void {
    // One that is about to be opened again is made anew by that.
    if (!this.isFinished && this.lettingGo === undefined && this.opening === undefined) restart(this, options)
  }

  override askHealth(): void {
    const handlers = this.#handlers
    if (handlers?.health === undefined || this.#isAsking) return
    const lease = this.#lease
    this.#isAsking = true
    const hear = (isHealthy: boolean): void => {
      if (lease !== this.#lease) return
      this.#isAsking = false
      this.recovery!.heard(isHealthy)
    }
    runHook(
      () => handlers.health!(),
      () => hear(true),
      () => hear(false),
    )
  }

  /** Asks a node for what it holds, ahead of its timers (D21); not again while it holds as much as it kept. */
  press(): void {
    const { parts } = this.ownership.held
    if (this.isFlushing || this.isFinished || parts === 0 || parts === this.#withheld) return
    this.counters.add('pressure_flushes', 1)
    this.flush('pressure', () => {
      const left = this.ownership.held.parts
      this.#withheld = left < parts ? undefined : left
      this.wake()
    })
  }

  override flush(reason: FlushReason, done: () => void): void {
    const handlers = this.#handlers
    if (handlers?.flush === undefined) return done()
    this.isFlushing = true
    const lease = this.#lease
    const finish = (given: unknown): void => {
      if (lease !== this.#lease) return
      this.isFlushing = false
      if (Array.isArray(given) && this.outlet !== undefined) this.pass(this.ownership.emit(given as Message[]))
      done()
    }
    this.#attempt(() => handlers.flush!(reason), finish)
  }

  /** Makes the component; no I/O. @throws what `create` throws, SLUICE_COMPONENT_INVALID. */
  create(): void {
    const { component, holds } = this.plan
    this.#lease = new Lease(this)
    this.#handlers = component.create(this.#context(this.#lease))
    this.shape = shapeOf(component.kind, this.#handlers, this.pump.shapeNode)
    if (holds && this.shape.isPerMessage) {
      throw new SluiceError('SLUICE_COMPONENT_INVALID', `${component.name} says that it holds, so it must give handle`)
    }
  }

  /** Opens the component; calls back when it is ready, or with what went wrong. */
  open(done: (error?: Error) => void): void {
    this.openComponent(() => this.#handlers!.open?.(), done)
  }

  /** Takes everything that has no outcome here, for a graph that ends before it has drained. */
  abandon(): Message[] {
    this.isFinished = true
    this.lettingGo?.cancel()
    const { flights, waiting } = this.pump.giveUp()
    return [
      flights.flatMap((flight) => this.takeBack(flight)),
      waiting.map(({ message }) => message),
      this.expansion === undefined ? [] : [this.expansion.again()],
      this.ownership.held.giveUp().map(({ message }) => message),
      ...this.inputs.map((edge) => edge.cancel()),
      this.outlet?.abandon() ?? [],
      this.letters?.abandon() ?? [],
    ].flat()
  }

  override close(reason: Error, done: (error?: Error) => void): void {
    const handlers = this.#handlers
    this.isOpen = false
    this.#lease?.end()
    this.#lease = undefined
    this.#handlers = undefined
    this.isFlushing = false
    this.#isAsking = false
    this.flushedFor = undefined
    this.pump.close(reason)
    this.closeComponent(() => handlers?.stop?.(), done)
  }

  #limitHeld(): void {
    if (this.ownership.held.parts >= this.plan.maxHeld) this.press()
  }

  /** Pulls more children (D4). @returns whether there are no more. */
  #expand(expansion: Expansion): boolean {
    const out: Message[] = []
    const isOver = expansion.pull(Math.min(this.intake, this.turnLimit), out)
    this.lastTaken = out.length
    this.pass(out)
    if (!isOver) {
      if (this.intake > 0) this.wake()
      return false
    }
    this.expansion = undefined
    if (expansion.thrown !== undefined) {
      const { error } = expansion.thrown
      if (this.pump.expansionThrew(expansion, error)) return true
      expansion.parent.kin!.verdict ??= this.failed(expansion.parent, error)
    }
    expansion.finish()
    this.pump.expanded(expansion)
    return true
  }

  /** Runs a hook; one that fails, or gives what may not be given, is a fault of the node. */
  #attempt(hook: () => unknown, done: (value: unknown) => void): void {
    const lease = this.#lease
    const failed = (thrown: unknown): void => {
      if (lease !== this.#lease) return
      const error = asError(thrown)
      if (kindOf(error) === 'place') this.host.outOfReach(this, error)
      else this.host.faulted(this, error)
    }
    const finish = (value: unknown): void => {
      try {
        done(value)
      } catch (error) {
        failed(error)
      }
    }
    runHook(hook, finish, failed)
  }

  #context(lease: Lease): StageContext {
    const { ownership, plan } = this
    /** One that may let go of held messages, which is what a full holder waits for. */
    const verb = <A extends unknown[]>(act: (...args: A) => void): ((...args: A) => void) =>
      lease.verb((...args: A) => {
        act(...args)
        if (plan.holds) this.wake()
      })
    return {
      ...lease.context(),
      limits: { maxHeld: plan.maxHeld, maxKeys: plan.maxKeys },
      hold: lease.verb((messages) => {
        if (!plan.holds)
          throw new SluiceError('SLUICE_COMPONENT_INVALID', `${plan.component.name} does not say that it holds`, {
            kind: 'message', // No outage: it would fail like this for ever.
          })
        ownership.hold(messages)
      }),
      ack: verb((messages) => ownership.ack(messages)),
      drop: verb((message, reason) => ownership.drop(message, reason)),
      fail: verb((message, error, part) => ownership.fail(message, error, part)),
      join: lease.verb((parts, key) => ownership.join(parts, key)),
      child: lease.verb((parent, data) => ownership.child(parent, data)),
      derive: lease.verb((data, parents) => ownership.derive(data, parents)),
      emit: verb((messages) => this.pass(ownership.emit(messages))),
    }
  }
}

import type { Definition } from '../../core/component.ts'
import { testingError } from '../errors.ts'
import { written, type Testable } from '../harness/component.ts'
import { deepCopy } from '../harness/freeze.ts'
import { run as start } from '../harness/harness.ts'
import type { Run } from '../harness/run.ts'
import type { HarnessOptions } from '../harness/subject.ts'
import { comesTrue } from '../harness/time.ts'
import { Escapes } from './escapes.ts'
import type { Samples } from './samples.ts'

/** Messages that a producer is asked for where nothing else is said. */
const SOME = 5
/** In which what a sample supplies has come; ms of the real clock. */
const SUPPLY_MS = 4_000

/** Where one check tries a component: makes runs of it, and ends them all. */
export class Bench {
  readonly samples: Samples
  readonly escapes = new Escapes()
  readonly #make: () => Testable
  readonly #runs: Run[] = []
  #cleanUp: (() => unknown) | undefined

  constructor(make: () => Testable, samples: Samples) {
    this.#make = make
    this.samples = samples
  }

  /** Runs one check. */
  async try(judge: (bench: Bench) => Promise<void>): Promise<void> {
    this.escapes.begin()
    try {
      this.#cleanUp = (await this.samples.prepare?.()) ?? undefined
      await judge(this)
    } finally {
      for (const each of this.#runs) if (each.report === undefined) await each.close()
      await this.#cleanUp?.()
      this.escapes.end()
    }
  }

  component(): Testable {
    return this.#make()
  }

  definition(): Definition {
    return written(this.#make(), this.samples.options).definition
  }

  /** The options as they are written. */
  options(): unknown {
    return written(this.#make(), this.samples.options).options
  }

  /** Samples in objects of their own. */
  values(): unknown[] {
    return deepCopy([...(this.samples.values ?? [])])
  }

  /** Data isn't frozen here, so that a component that changes it breaks one check and not all. */
  start(more: HarnessOptions = {}, component = this.component()): Run {
    const { options, settings, before } = this.samples
    const run = start(component, {
      freezes: false,
      ...(options === undefined ? {} : { options }),
      ...(before === undefined ? {} : { before }),
      ...more,
      settings: { ...settings, ...more.settings },
    })
    this.#runs.push(run)
    return run
  }

  /** Has a component do what it is for, without time passing but where a producer gives nothing otherwise. */
  async exercise(run: Run): Promise<void> {
    if (run.subject.kind === 'producer') return this.#supply(run)
    run.subject.grantAll()
    await run.push(this.values(), { headers: { sample: 'yes' } })
  }

  /** Has it do what it is for, and stops it. */
  async workThrough(more?: HarnessOptions): Promise<Run> {
    const run = this.start(more)
    await this.exercise(run)
    await run.stop()
    return run
  }

  async #supply(run: Run): Promise<void> {
    await run.ask(SOME)
    await this.samples.supply?.(SOME, run)
    const hasGiven = (): boolean => run.given.length > 0 || run.report !== undefined
    for (let tries = 0; tries < 50 && !hasGiven(); tries++) {
      if (this.samples.supply !== undefined && (await comesTrue(run.time, hasGiven, SUPPLY_MS))) return
      // Where no timer runs, it waits for the real world, or for nothing.
      if (!(await run.time.skip()) && !(await comesTrue(run.time, hasGiven))) return
      await run.settle()
    }
  }
}

/** @throws SLUICE_TESTING_BREACH */
export function breach(what: string, cause?: unknown): never {
  throw testingError('SLUICE_TESTING_BREACH', what, cause)
}

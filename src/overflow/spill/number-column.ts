/**
 * Numbers of the messages of a frame, one for each, as JSON: one number where all are the same, the first and the steps
 * where they are whole, as times are and counted ids; else a list. `null` is none.
 */
export type WrittenNumbers = number | null | readonly (number | null)[] | WrittenSteps

interface WrittenSteps {
  readonly from: number
  /** One where all are the same. */
  readonly steps: number | readonly number[]
}

/** Whole numbers whose differences are exact. */
const LARGEST_STEPPED = 2 ** 52
/** Of a column that is one number, or one number and one step, with its name. */
const SHORT_BYTES = 48
/** Of a number that isn't written as a step, with its comma. */
const RAW_BYTES = 22
/** Numbers with fewer digits than so many are nearly all of the steps; their bytes are counted closely. */
const SHORT_STEP = 10
const MIDDLE_STEP = 1000
const LONG_STEP = 1_000_000

export class NumberColumn {
  readonly #values: (number | undefined)[] = []
  #steps: number[] = []
  #isUniform = true
  #isSteady = true
  #isStepped = true
  /** Of the steps, as a list. */
  #stepBytes = 0

  /** What it takes as JSON, about; never much less. */
  get bytes(): number {
    if (this.#isUniform || (this.#isStepped && this.#isSteady)) return SHORT_BYTES
    return SHORT_BYTES + (this.#isStepped ? this.#stepBytes : this.#values.length * RAW_BYTES)
  }

  push(value: number | undefined): void {
    const values = this.#values
    const last = values.at(-1)
    if (values.length > 0 && value !== values[0]) this.#isUniform = false
    if (!isWhole(value)) this.#isStepped = false
    else if (values.length > 0 && isWhole(last)) this.#step(value - last)
    values.push(value)
  }

  written(): WrittenNumbers {
    const values = this.#values
    const [from] = values
    if (this.#isUniform) return from ?? null
    if (!this.#isStepped) return values.map((value) => value ?? null)
    return { from: from!, steps: this.#isSteady ? this.#steps[0]! : this.#steps }
  }

  #step(step: number): void {
    if (this.#steps.length > 0 && step !== this.#steps[0]) this.#isSteady = false
    this.#steps.push(step)
    this.#stepBytes += bytesOfStep(step)
  }
}

function isWhole(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && Math.abs(value) <= LARGEST_STEPPED
}

function bytesOfStep(step: number): number {
  if (step >= 0 && step < SHORT_STEP) return 2
  const size = Math.abs(step)
  if (size < MIDDLE_STEP) return 5
  return size < LONG_STEP ? 8 : 18
}

/** The values of a column that was written. @throws TypeError where it is none. */
export function numbersOf(written: WrittenNumbers | undefined, count: number): (number | undefined)[] {
  if (typeof written !== 'object' || written === null) return new Array(count).fill(written ?? undefined)
  if (Array.isArray(written)) return checked(written, count).map((value) => value ?? undefined)
  const { from, steps } = written as WrittenSteps
  const values = new Array<number>(count)
  const list = typeof steps === 'number' ? undefined : checked(steps, count - 1)
  for (let index = 0, value = from; index < count; index++) {
    values[index] = value
    value += list === undefined ? (steps as number) : (list[index] ?? 0)
  }
  return values
}

/** A list of another length would give the rest of the messages what is not theirs. */
export function checked<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length !== count) throw new TypeError(`${list.length} values where there are ${count}`)
  return list
}

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
/** Of a step, with its comma: of those below ten, a thousand, a million, and any. */
const STEP_BYTES = [2, 5, 8, 18] as const

export class NumberColumn {
  #first: number | undefined
  #last: number | undefined
  #count = 0
  /** undefined as long as all are the same, as most columns are: then nothing is kept. */
  #values: (number | undefined)[] | undefined
  #isSteady = true
  #isWhole = true
  /** Of the steps, as a list. */
  #stepBytes = 0

  /** What it takes as JSON, about; never much less. */
  get bytes(): number {
    if (this.#values === undefined) return SHORT_BYTES
    if (!this.#isWhole) return SHORT_BYTES + this.#count * RAW_BYTES
    return this.#isSteady ? SHORT_BYTES : SHORT_BYTES + this.#stepBytes
  }

  /** Each of them is this one. */
  isAll(value: number | undefined): boolean {
    return this.#values === undefined && this.#first === value
  }

  push(value: number | undefined): void {
    if (this.#count === 0) this.#first = value
    else if (this.#values !== undefined || value !== this.#first) this.#pushOther(value)
    this.#last = value
    this.#count++
  }

  written(): WrittenNumbers {
    const values = this.#values
    if (values === undefined) return this.#first ?? null
    if (!this.#isWhole) return values.map((value) => value ?? null)
    const whole = values as number[]
    const steps = this.#isSteady ? whole[1]! - whole[0]! : differencesOf(whole)
    return { from: whole[0]!, steps }
  }

  #pushOther(value: number | undefined): void {
    if (this.#values === undefined) {
      this.#values = new Array<number | undefined>(this.#count).fill(this.#first)
      this.#isWhole = isWhole(this.#first)
      this.#isSteady = this.#count === 1
      this.#stepBytes = this.#count * STEP_BYTES[0]
    } else if (this.#isSteady && value! - this.#last! !== this.#values[1]! - this.#values[0]!) this.#isSteady = false
    this.#values.push(value)
    if (isWhole(value)) this.#stepBytes += bytesOfStep(value - this.#last!)
    else this.#isWhole = false
  }
}

function isWhole(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && Math.abs(value) <= LARGEST_STEPPED
}

function bytesOfStep(step: number): number {
  if (step >= 0 && step < 10) return STEP_BYTES[0]
  const size = Math.abs(step)
  if (size < 1000) return STEP_BYTES[1]
  return size < 1_000_000 ? STEP_BYTES[2] : STEP_BYTES[3]
}

function differencesOf(values: readonly number[]): number[] {
  return values.slice(1).map((value, at) => value - values[at]!)
}

/** What must be true of a value; undefined is none. */
export type NumberRule = (value: number | undefined) => boolean

/**
 * The values of a column that was written.
 *
 * @param written by whoever has written the frame: nothing is known of it.
 * @throws TypeError where it is none, or a value isn't right
 */
export function numbersOf(written: unknown, count: number, isRight: NumberRule): (number | undefined)[] {
  if (typeof written !== 'object' || written === null) {
    return new Array<number | undefined>(count).fill(right(written, isRight))
  }
  if (Array.isArray(written)) return checked(written, count).map((value) => right(value, isRight))
  const { from, steps } = written as WrittenSteps
  const list = typeof steps === 'number' ? undefined : checked(steps, count - 1)
  const values = new Array<number>(count)
  for (let index = 0, value = from; index < count; index++) {
    values[index] = right(value, isRight)!
    if (index < count - 1) value += list === undefined ? (steps as number) : right(list[index], Number.isFinite)!
  }
  return values
}

function right(value: unknown, isRight: NumberRule): number | undefined {
  const given = value ?? undefined
  if ((given === undefined || typeof given === 'number') && isRight(given)) return given
  throw new TypeError(`there is a ${typeof given} where it can't be`)
}

/** A list of another length would give the rest of the messages what is not theirs. */
export function checked(list: unknown, count: number): readonly unknown[] {
  if (Array.isArray(list) && list.length === count) return list
  throw new TypeError(`there is no list of ${count} values`)
}

/** What is known of a text that was pushed back. */
export interface Failure {
  /** Of its message, which is the same one when it comes again. */
  readonly id: string
  /** Deliveries that failed by the message's own fault. */
  readonly failures: number
  /** Deliveries that failed at all. */
  readonly times: number
}

/** Of older ones it is forgotten that they have failed: most likely somebody else has popped them. */
const MOST_REMEMBERED = 10_000

/** Texts that were pushed back, to be known when they come again. Of two that are the same it doesn't matter which one. */
export class FailedTexts {
  readonly #byText = new Map<string, Failure[]>()
  #count = 0

  remember(text: Buffer, failure: Failure): void {
    const key = text.toString('latin1')
    const known = this.#byText.get(key)
    if (known === undefined) this.#byText.set(key, [failure])
    else known.push(failure)
    if (++this.#count > MOST_REMEMBERED) this.#forgetOldest()
  }

  /** It has come again. */
  take(text: Buffer): Failure | undefined {
    if (this.#count === 0) return undefined
    const key = text.toString('latin1')
    const known = this.#byText.get(key)
    const failure = known?.shift()
    if (failure === undefined) return undefined
    this.#count--
    if (known!.length === 0) this.#byText.delete(key)
    return failure
  }

  #forgetOldest(): void {
    const [key, known] = this.#byText.entries().next().value!
    this.#byText.delete(key)
    this.#count -= known.length
  }
}

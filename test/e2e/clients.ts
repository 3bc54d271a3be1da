import { Agent, request } from 'node:http'

/** What a client heard. */
export interface Answer {
  readonly status: number
  readonly body: string
}

interface PostOptions {
  readonly type?: string
  readonly agent?: Agent
  /** The Idempotency-Key. */
  readonly key?: string
  readonly signal?: AbortSignal
}

/** Posts a body. Rejects when the connection breaks before the answer is whole. */
export function post(url: string, body: string, options: PostOptions = {}): Promise<Answer> {
  const { type = 'application/json', key, ...others } = options
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    }
    const sent = request(url, { method: 'POST', headers, ...others }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode!, body: text }))
      response.on('error', reject)
      response.on('close', () => reject(new Error('the answer was cut off')))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Random numbers that a seed replays (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a body holds, and what its sender expects of each payment. */
interface Letter {
  readonly body: string
  readonly type: string
  /** In the order of the body. */
  readonly payments: readonly { readonly id: string; readonly isValid: boolean }[]
}

/** What many clients have learnt. */
export interface Outcome {
  /** Valid payments that a 204 promised. */
  readonly promised: readonly string[]
  /** Valid payments that were sent, promised or not. */
  readonly sent: ReadonlySet<string>
  /** How often each status was heard; 0 stands for a connection that broke. */
  readonly statuses: ReadonlyMap<number, number>
  /** Answers that don't fit what was sent. */
  readonly surprises: readonly string[]
}

/** Many clients that send random payments one after the other until they are stopped or their server is gone. */
export class Crowd {
  readonly #url: string
  readonly #random: () => number
  readonly #agent: Agent
  readonly #promised: string[] = []
  readonly #sent = new Set<string>()
  readonly #statuses = new Map<number, number>()
  readonly #surprises: string[] = []
  readonly #clients: Promise<void>[]
  #number = 0
  #isStopped = false

  constructor(url: string, { seed, clients }: { seed: number; clients: number }) {
    this.#url = url
    this.#random = seeded(seed)
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients })
    this.#clients = Array.from({ length: clients }, () => this.#client())
  }

  get promisedCount(): number {
    return this.#promised.length
  }

  /** Every client ends after the answer that it waits for. */
  async stop(): Promise<Outcome> {
    this.#isStopped = true
    await Promise.all(this.#clients)
    this.#agent.destroy()
    return { promised: this.#promised, sent: this.#sent, statuses: this.#statuses, surprises: this.#surprises }
  }

  async #client(): Promise<void> {
    while (!this.#isStopped) {
      const letter = this.#write()
      try {
        this.#read(letter, await post(this.#url, letter.body, { type: letter.type, agent: this.#agent }))
      } catch {
        this.#count(0)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  #write(): Letter {
    const kind = this.#random()
    const count = kind < 0.7 ? 1 : 1 + Math.floor(this.#random() * 20)
    const payments = Array.from({ length: count }, () => ({ id: `p-${this.#number++}`, isValid: this.#random() < 0.9 }))
    for (const { id, isValid } of payments) if (isValid) this.#sent.add(id)
    const values = payments.map(({ id, isValid }) => JSON.stringify(this.#payment(id, isValid)))
    if (kind < 0.7) return { body: values[0]!, type: 'application/json', payments }
    if (kind < 0.85) return { body: `[${values.join(',')}]`, type: 'application/json', payments }
    return { body: `${values.join('\n')}\n`, type: 'application/x-ndjson', payments }
  }

  #payment(id: string, isValid: boolean) {
    const merchant = `m-${Math.floor(this.#random() * 50)}`
    const note = 'x'.repeat(Math.floor(this.#random() ** 4 * 2000))
    return { id, merchant, currency: 'eur', amountMinor: isValid ? 1 + Math.floor(this.#random() * 10_000) : -1, note }
  }

  #read({ payments }: Letter, { status, body }: Answer): void {
    this.#count(status)
    if (status === 503) return
    if (status !== 204) return void this.#surprises.push(`${status}: ${body}`)
    // What isn't valid was stored as well, and becomes a dead letter.
    for (const { id, isValid } of payments) if (isValid) this.#promised.push(id)
  }

  #count(status: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
  }
}

import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

/** Tells the gates of daemons what they let pass; a gate that comes later is told what was said last. */
export class Gatekeeper {
  readonly #gates = new Set<Socket>()
  #word = '0'
  readonly #server = createServer((gate) => {
    this.#gates.add(gate)
    gate.on('error', () => {}) // Its daemon was killed.
    gate.on('close', () => this.#gates.delete(gate))
    gate.write(`${this.#word}\n`)
  })

  static async start(): Promise<Gatekeeper> {
    const keeper = new Gatekeeper()
    keeper.#server.listen(0, '127.0.0.1')
    await once(keeper.#server, 'listening')
    return keeper
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  open(): void {
    this.#say('open')
  }

  shut(): void {
    this.#say('0')
  }

  /** So many more, no matter what was said before; a gate that comes later is shut. */
  pass(count: number): void {
    this.#say(String(count))
    this.#word = '0'
  }

  close(): void {
    for (const gate of this.#gates) gate.destroy()
    this.#server.close()
  }

  #say(word: string): void {
    this.#word = word
    for (const gate of this.#gates) gate.write(`${word}\n`)
  }
}

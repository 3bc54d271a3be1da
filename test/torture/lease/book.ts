import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

/** What all daemons have delivered, in the order in which it came. */
export class Book {
  readonly lines: string[] = []
  /** How many lines each run of a daemon has delivered. */
  readonly counts = new Map<number, number>()
  /** The run that has delivered last. */
  last: number | undefined
  readonly #server = createServer((daemon) => {
    daemon.on('error', () => {}) // It was killed.
    const lines = createInterface({ input: daemon })
    lines.on('error', () => {}) // The same, once more.
    lines.on('line', (line) => {
      this.#write(line)
      daemon.write('.')
    })
  })

  static async open(): Promise<Book> {
    const book = new Book()
    book.#server.listen(0, '127.0.0.1')
    await once(book.#server, 'listening')
    return book
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  countOf(run: number): number {
    return this.counts.get(run) ?? 0
  }

  close(): void {
    this.#server.close()
  }

  #write(line: string): void {
    let run: number
    try {
      ;({ run } = JSON.parse(line) as { run: number })
    } catch {
      return // The end of a process that was killed while it wrote.
    }
    this.lines.push(line)
    this.counts.set(run, this.countOf(run) + 1)
    this.last = run
  }
}

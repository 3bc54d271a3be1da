import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { defineConsumer } from 'sluice'
import { z } from 'zod'

/** Hands each message over a connection to the one who keeps the book of all daemons, and waits until it is written there. */
export default defineConsumer({
  name: 'sink',
  summary: 'Hands messages to a book that several daemons share.',
  io: true,
  options: z.strictObject({
    port: z.coerce.number().describe('Where the book is kept.'),
    run: z.coerce.number().describe('Which start of which daemon this is.'),
  }),
  create: ({ port, run }) => {
    let book: Socket
    /** Calls that wait for their word, in order. */
    const waiting: (() => void)[] = []
    return {
      async open() {
        book = connect(port, '127.0.0.1')
        await once(book, 'connect')
        book.on('data', (words) => words.forEach(() => waiting.shift()?.()))
        book.on('error', () => {}) // Whoever keeps the book has ended, and this process will soon.
      },
      each: (data: object) =>
        new Promise<void>((resolve) => {
          waiting.push(resolve)
          book.write(`${JSON.stringify({ ...data, run })}\n`)
        }),
      stop: () => void book?.destroy(),
    }
  },
})

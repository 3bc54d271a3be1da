import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { betweenFiles, isKept } from '../../files/job.js'

/** `readline` of Node.js between two streams of files, as people write it. */
export function readlineAndStreams() {
  return betweenFiles(async ({ input, output }, _count, consume) => {
    const lines = createInterface({ input: createReadStream(input), crlfDelay: Infinity })
    await pipeline(
      lines,
      async function* (texts) {
        for await (const text of texts) {
          const payment = JSON.parse(text)
          if (!isKept(payment)) continue
          consume(payment.number)
          yield `${JSON.stringify(payment)}\n`
        }
      },
      createWriteStream(output),
    )
    return 0
  })
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import { startClient } from '../../http/load.js'

/**
 * Bare `node:http`: reads the body, parses it, answers.
 *
 * @param {import('../../http/bodies.js').Format} format
 * @returns {Promise<import('../../contract.js').Contender>}
 */
export async function nodeHttp(format) {
  const load = await startClient()
  const parse = format.values === 1 ? parseOne : parseLines
  return async (count, consume) => {
    let handled = 0
    const server = createServer((request, response) => {
      /** @type {Buffer[]} */
      const chunks = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        const values = parse(Buffer.concat(chunks).toString())
        for (const { number } of values) consume(number)
        handled += values.length
        const answer = `{"accepted":${values.length}}\n`
        response.writeHead(202, { 'Content-Type': 'application/json', 'Content-Length': answer.length })
        response.end(answer)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const failures = await load({ port, count, format })
    server.close()
    await once(server, 'close')
    return failures + Math.abs(count - handled)
  }
}

/** @param {string} text */
function parseOne(text) {
  return [JSON.parse(text)]
}

/** @param {string} text */
function parseLines(text) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

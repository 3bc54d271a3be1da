import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { consumer, inLine, mapped, numbers, specOf } from './pipeline.js'

const SCRAPER = fileURLToPath(new URL('../scrape/scraper.js', import.meta.url))

/**
 * The chain of four stages, run by the daemon with its admin server.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ isScraped: boolean }} settings
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function scraped({ core, start }, { isScraped }) {
  const scraper = isScraped ? startScraper() : undefined
  return async (count, consume) => {
    const components = [
      numbers(core, count),
      mapped(core, (/** @type {number} */ value) => value + 1),
      mapped(core, (/** @type {number} */ value) => value * 2),
      consumer(core, consume),
    ]
    const nodes = inLine(components.map((component) => ({ component })))
    const running = await start(specOf(nodes), { admin: { port: 0 } })
    scraper?.send({ url: running.adminUrl })
    const [report] = await running.finished
    return (await failuresOf(scraper)) + (report?.outcome === 'finished' ? report.unanswered : count)
  }
}

/** In a process of its own, which ends with this one and keeps it from nothing. */
function startScraper() {
  const scraper = fork(SCRAPER, { execArgv: [] })
  scraper.unref()
  scraper.channel?.unref()
  return scraper
}

/** @param {import('node:child_process').ChildProcess | undefined} scraper */
async function failuresOf(scraper) {
  if (scraper === undefined) return 0
  scraper.channel?.ref() // Nothing else may keep the process from ending before the answer.
  scraper.send({})
  const [{ failures }] = await once(scraper, 'message')
  scraper.channel?.unref()
  return failures
}

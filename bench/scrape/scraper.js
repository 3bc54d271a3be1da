import { get } from 'node:http'

// Asks for the metrics once a second, from half a second on, in a process of its own: its parent sends it the address,
// then anything else to learn how many it has got, and how many were no metrics.

const EVERY_MS = 1000
const METRIC = /^sluice_/m

let scrapes = 0
let failures = 0
/** @type {NodeJS.Timeout | undefined} */
let timer

process.on('message', (/** @type {{ url?: string }} */ { url }) => {
  clearInterval(timer)
  if (url === undefined) {
    process.send?.({ scrapes, failures })
    return
  }
  scrapes = 0
  failures = 0
  timer = setTimeout(() => {
    scrape(url)
    timer = setInterval(() => scrape(url), EVERY_MS)
  }, EVERY_MS / 2)
})
process.on('disconnect', () => process.exit())

/** @param {string} url */
function scrape(url) {
  const request = get(`${url}/metrics`, (response) => {
    response.setEncoding('utf8')
    let text = ''
    response.on('data', (chunk) => (text += chunk))
    response.on('end', () => {
      scrapes++
      if (!METRIC.test(text)) failures++
    })
  })
  // The pipeline may have ended meanwhile.
  request.on('error', () => {})
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** @typedef {import('../contract.js').Gauge} Gauge */

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const ASK_EVERY_MS = 2
const MOST_ASKED = 5000
/** After its start: so many times as long as another measurement takes. */
const SETTLE_SECONDS = 2
/** CPU time of an idle process is small: it is watched for so many times as long as another measurement takes. */
const IDLE_SECONDS = 10
const NODES = 200

/** Node.js itself, with nothing to do: ms to its end. @type {Gauge} */
export const bareNode = () => msOf(['-e', '0'])

/** @type {Gauge} */
export const help = () => msOf([CLI, '--help'])

/** A config of 200 nodes. @type {Gauge} */
export const validate = () => withFile('many.yaml', manyNodes(), (file) => msOf([CLI, 'validate', file]))

/** ms from the start of the process to the first 200 of `/ready`. @type {Gauge} */
export const ready = () => withFile('door.yaml', yamlDoor, (file) => withDaemon(file, readyIn))

/** The same with a config in TypeScript, which has run before. @type {Gauge} */
export const readyFromTypeScript = () =>
  withFile('door.ts', typeScriptDoor, async (file) => {
    await withDaemon(file, readyIn)
    return withDaemon(file, readyIn)
  })

/** @param {Daemon} daemon */
async function readyIn({ readyMs }) {
  return { value: readyMs, failures: 0 }
}

/** CPU time of a daemon to which nothing is sent. @type {Gauge} */
export const idle = (seconds) =>
  withFile('door.yaml', yamlDoor, (file) =>
    withDaemon(file, async ({ pid }) => {
      await delay(seconds * SETTLE_SECONDS * 1000)
      const start = performance.now()
      const cpuStart = cpuMsOf(pid)
      await delay(seconds * IDLE_SECONDS * 1000)
      const value = ((cpuMsOf(pid) - cpuStart) / (performance.now() - start)) * 100
      return { value, failures: 0 }
    }),
  )

/** @param {readonly string[]} args */
async function msOf(args) {
  const start = performance.now()
  const [code] = await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit')
  return { value: performance.now() - start, failures: code === 0 ? 0 : 1 }
}

/**
 * @template T
 * @param {string} name
 * @param {string} text
 * @param {(file: string) => Promise<T>} use
 */
async function withFile(name, text, use) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const file = join(folder, name)
    writeFileSync(file, text)
    return await use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * @typedef {object} Daemon
 * @property {number} pid
 * @property {number} readyMs from its start on.
 */

/**
 * Runs a daemon until it has been used.
 *
 * @template T
 * @param {string} file
 * @param {(daemon: Daemon) => Promise<T>} use
 * @throws where it doesn't get ready.
 */
async function withDaemon(file, use) {
  const adminPort = await freePort()
  const start = performance.now()
  const daemon = spawn(process.execPath, [CLI, 'run', file, '--admin-port', String(adminPort)], { stdio: 'ignore' })
  const ended = once(daemon, 'exit')
  try {
    await untilReady(adminPort)
    return await use({ pid: daemon.pid ?? 0, readyMs: performance.now() - start })
  } finally {
    daemon.kill()
    await ended
  }
}

/** @param {number} port */
async function untilReady(port) {
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    if ((await ask(port)).startsWith('HTTP/1.1 200')) return
    await delay(ASK_EVERY_MS)
  }
  throw new Error('the daemon was never ready')
}

/**
 * By a bare socket: a client of HTTP that is loaded meanwhile would take the daemon's CPU.
 *
 * @param {number} port
 * @returns {Promise<string>} the beginning of the answer; empty where nobody listens.
 */
function ask(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(`GET /ready HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`)
    })
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1'))
      socket.destroy()
    })
    socket.on('error', () => resolve(''))
    socket.on('close', () => resolve(''))
  })
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/** All threads together; the kernel counts in ns. @param {number} pid */
function cpuMsOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  const ns = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  return ns.reduce((sum, each) => sum + Number(each), 0) / 1e6
}

const yamlDoor = `pipeline: door
producers:
  ingress: { http: { port: 0, path: /events, reply: accepted } }
stages:
  valid: { from: ingress, filter: data.amountMinor > 0 }
consumers:
  nowhere: { from: valid, discard: {} }
`

const typeScriptDoor = `import { definePipeline } from 'sluice'
import { discard } from 'sluice/consumers'
import { http } from 'sluice/producers'
import { filter } from 'sluice/stages'

interface Payment {
  readonly amountMinor: number
}

export default definePipeline('door', (p) => {
  const ingress = p.producer('ingress', http<Payment>({ port: 0, path: '/events', reply: 'accepted' }))
  const valid = p.stage('valid', ingress, filter((payment: Payment) => payment.amountMinor > 0))
  p.consumer('nowhere', valid, discard())
})
`

function manyNodes() {
  const stages = Array.from({ length: NODES - 2 }, (_, index) => {
    const from = index === 0 ? 'source' : `stage${index - 1}`
    const component = index % 2 === 0 ? `filter: data.amount > ${index}` : 'map: { to: { amount: data.amount + 1 } }'
    return `  stage${index}:\n    from: ${from}\n    ${component}`
  })
  return `pipeline: many
producers:
  source: { generate: { count: 1, data: { amount: '1' } }, maxUnacked: 200000 }
stages:
${stages.join('\n')}
consumers:
  nowhere: { from: stage${NODES - 3}, discard: {} }
`
}

import { Session, type Debugger } from 'node:inspector'
import { workerData } from 'node:worker_threads'
import { ownersOfStack } from './attribution.ts'
import type { SentinelData, Sighting } from './sentinel.ts'

/** The thread of `Sentinel`. */
const { beats, owners, log, port } = workerData as SentinelData

const BEAT_MS = 1000
/** So many beats have to be missing. Counted, not timed: a process that was stopped for a while has missed none. */
const MISSING = 5
/** A loop is interrupted in milliseconds; what waits in a native call, never. */
const PATIENCE_MS = 2000
const MOST_FRAMES = 10

let last = 0
let missing = 0

setInterval(() => {
  const beat = Atomics.load(beats, 0)
  missing = beat === last ? missing + 1 : 0
  last = beat
  // Once while it lasts; and not where somebody debugs: then it is kept on purpose.
  if (missing === MISSING && Atomics.load(beats, 1) === 0) void tell()
}, BEAT_MS)

async function tell(): Promise<void> {
  const stack = await stackOfMainThread()
  const found = ownersOfStack(stack, owners).map(({ pipeline, node }) => ({ pipeline, node }))
  const where = stack[0]?.trim() ?? 'in a call that is no JavaScript'
  const sighting: Sighting = { owners: found, message: `kept the event loop for more than ${MISSING} s, ${where}` }
  const names = found.map(({ node, pipeline }) => `${node} of ${pipeline}`).join(' or ')
  // Loaded when there is something to say: until then the thread is small.
  const { createLog } = await import('./log.ts')
  const { warn } = await createLog(log)
  const [owner] = found.length === 1 ? found : []
  const text = `${names || 'something'} has kept the event loop for ${MISSING} s and still does, ${where}: nothing else goes on`
  warn(text, { ...owner, stack: stack.join('\n') })
  port.postMessage(sighting)
}

/** What the main thread is at: the way of a debugger, which is over before anybody notices. */
function stackOfMainThread(): Promise<string[]> {
  const session = new Session()
  const files = new Map<string, string>()
  return new Promise((resolve) => {
    const end = (stack: string[]): void => {
      clearTimeout(timer)
      session.disconnect()
      resolve(stack)
    }
    const timer = setTimeout(() => end([]), PATIENCE_MS)
    session.connectToMainThread()
    session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => void files.set(scriptId, url))
    session.on('Debugger.paused', ({ params: { callFrames } }) => {
      const stack = callFrames.slice(0, MOST_FRAMES).map((frame) => lineOf(frame, files))
      session.post('Debugger.resume', () => end(stack))
    })
    session.post('Debugger.enable')
    session.post('Debugger.pause')
  })
}

/** As a stack has it. */
function lineOf({ functionName, location }: Debugger.CallFrame, files: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber = 0 } = location
  const place = `${files.get(scriptId) ?? ''}:${lineNumber + 1}:${columnNumber + 1}`
  return functionName === '' ? `    at ${place}` : `    at ${functionName} (${place})`
}

import { startSink } from '../http/start-sink.js'

// By its address, so that types are checked where nothing has been built.
const { default: definition } = await import(new URL('../../dist/stages/http-request.js', import.meta.url).href)
const { url } = await startSink()

/** Many at once, as each waits for its answer. */
export const settings = { concurrency: 32 }

/** `http-request`, which asks a server in a process of its own. */
export default {
  ...definition,
  options: { parse: () => definition.options.parse({ url }) },
}

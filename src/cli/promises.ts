import type { PipelineSpec, ProducerComponent } from '../core/spec.ts'

/** What a durable producer promises, however it says so. */
const STORED =
  'says yes (204 over HTTP) when a message is stored, which survives a crash; it is delivered later, in order'

/** What each producer of a pipeline promises to those who give it messages, by its name. */
export function promisesOf({ nodes }: PipelineSpec): Readonly<Record<string, string>> {
  const promises: Record<string, string> = {}
  for (const { name, component, settings } of nodes) {
    if (component.kind === 'producer') promises[name] = settings.durable === undefined ? promiseOf(component) : STORED
  }
  return promises
}

/** In its own words, if it has some. */
function promiseOf({ guarantee, outcomes }: ProducerComponent): string {
  if (guarantee !== undefined) return guarantee
  return outcomes
    ? 'hears what became of each message'
    : 'has nobody to tell: failures are logged, and the exit code is 65'
}

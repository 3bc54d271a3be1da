import type { NodeSettings } from '../../src/core/spec.ts'
import http from '../../src/producers/http.ts'
import { collect, type Collection } from './ends.ts'
import { send, type Request } from './http-client.ts'
import { line, type Line, type Part } from './pipeline.ts'

const running: Line[] = []

/** For `afterEach`. */
export async function stopAll(): Promise<void> {
  for (const { graph } of running.splice(0)) await graph.stop()
}

interface Given {
  readonly options?: object
  readonly settings?: NodeSettings
  readonly between?: readonly Part[]
  readonly output?: Collection
}

export interface Door extends Line {
  readonly url: string
  readonly output: Collection
  post(body: unknown, request?: Request): ReturnType<typeof send>
}

/** A pipeline behind a door on a free port. */
export async function start({
  options = {},
  settings = {},
  between = [],
  output = collect(),
}: Given = {}): Promise<Door> {
  const made = line([{ component: http, options: { port: 0, path: '/in', ...options }, settings }, ...between, output])
  await made.graph.start()
  running.push(made)
  const { url } = made.log.find(({ message }) => message.startsWith('listening on '))!.fields as { url: string }
  return { ...made, url, output, post: (body, request) => send(url, body, request) }
}

export const fails = (fault: (data: unknown) => Error | undefined): Collection =>
  collect((data) => {
    const error = fault(data)
    if (error !== undefined) throw error
  })

export const NDJSON = { headers: { 'content-type': 'application/x-ndjson' } }

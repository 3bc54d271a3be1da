import type { z } from 'zod'
import definition, { createHttp } from '../../src/consumers/http.ts'
import { defineConsumer } from '../../src/core/component.ts'
import type { SluiceError } from '../../src/core/errors.ts'
import type { NodeSettings } from '../../src/core/spec.ts'
import type { Lookup } from '../../src/kit/http-client/address-guard.ts'
import { feed } from './ends.ts'
import { line, until, type LogLine, type Part } from './pipeline.ts'

export interface Delivered {
  /** `acked`, or the code of the error, in the order in which the messages were given. */
  readonly codes: readonly string[]
  readonly errors: readonly SluiceError[]
  readonly log: readonly LogLine[]
}

interface Given {
  readonly between?: readonly Part[]
  readonly settings?: NodeSettings
  readonly lookup?: Lookup
}

/** Gives messages to the consumer `http`, where what the place does wrong is told at once, and waits for all outcomes. */
export async function deliver(
  options: z.input<typeof definition.options>,
  values: readonly unknown[],
  { between = [], settings = {}, lookup }: Given = {},
): Promise<Delivered> {
  const input = feed()
  const component = defineConsumer({ ...definition, create: (given, context) => createHttp(given, context, lookup) })
  const { graph, log } = line([input, ...between, { component, options, settings }])
  await graph.start()
  input.push(values)
  await until(() => input.receipts.length === values.length, 'all messages have an outcome')
  input.end()
  await graph.finishedReport
  const receipts = values.map((value) => input.receipts.find(({ message }) => message.data === value)!)
  return {
    log,
    codes: receipts.map(({ outcome, error }) => (outcome === 'acked' ? outcome : (error as SluiceError).code)),
    errors: receipts.map(({ error }) => error as SluiceError),
  }
}

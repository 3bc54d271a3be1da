/** A pipeline from a queue that says which jobs it has handled, until it is killed. */
import { writeSync } from 'node:fs'
import { each } from '../../../src/consumers/each.ts'
import { realEnv } from '../../../src/core/env.ts'
import source from '../../../src/producers/bullmq.ts'
import { line } from '../../support/pipeline.ts'

const options = { lockDuration: '1s', stalledInterval: '1s', maxStalledCount: 20 }
const sink = each(async ({ n }: { readonly n: number }) => {
  await new Promise((resolve) => setTimeout(resolve, 2))
  writeSync(1, `${n}\n`)
})
const { graph } = line(
  [
    { component: source, options: { queue: 'orders', url: `redis://127.0.0.1:${process.argv[2]}`, ...options } },
    { component: sink.definition, options: sink.options, settings: { demand: { max: 20 }, concurrency: 5 } },
  ],
  realEnv,
)
await graph.start()

import { join } from 'node:path'
import { betweenFiles, isKept } from '../files/job.js'
import { inLine, runToEnd } from './pipeline.js'

/** Lines that are written at once, as much as a stream of Node.js writes. */
const CALL_SIZE = 500

/**
 * `file` → `filter` → `file`: read once, each line acked when what became of it is written. The disk isn't waited for, as
 * nobody else does here.
 *
 * @param {import('../contract.js').Build} build
 * @returns {Promise<import('../contract.js').PreparedContender>}
 */
export async function files({ core, producer, stage, consumer }) {
  const [reader, filter, writer] = await Promise.all([producer('file'), stage('filter'), consumer('file')])
  return betweenFiles(async ({ input, output, folder }, count, consume) => {
    const when = (/** @type {import('../files/job.js').Payment} */ payment) => {
      if (!isKept(payment)) return false
      consume(payment.number)
      return true
    }
    const read = { path: input, read: 'once', checkpoints: join(folder, 'state') }
    const nodes = inLine([
      { component: core.bind(reader, reader.options.parse(read)) },
      { component: core.bind(filter, filter.options.parse({ when })) },
      {
        component: core.bind(writer, writer.options.parse({ path: output, fsync: 'never' })),
        settings: { callSize: CALL_SIZE },
      },
    ])
    return await runToEnd(core, nodes, { count })
  })
}

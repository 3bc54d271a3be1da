import { BULLMQ_CASES } from './cases/bullmq.js'
import { CHAIN_CASES } from './cases/chains.js'
import { HTTP_CLIENT_CASES } from './cases/http-client.js'
import { FILE_CASES } from './cases/files.js'
import { HTTP_CASES } from './cases/http.js'
import { OVERFLOW_CASES } from './cases/overflow.js'
import { RECORD_CASES } from './cases/records.js'
import { REDIS_STREAM_CASES } from './cases/redis-streams.js'
import { RX_CASES } from './cases/rx.js'
import { SHAPE_CASES } from './cases/shapes.js'

/**
 * Every row of the benchmark. The first one is the one that users live in.
 *
 * @type {readonly import('./contract.js').Case[]}
 */
export const CASES = [
  ...RECORD_CASES,
  ...CHAIN_CASES,
  ...SHAPE_CASES,
  ...RX_CASES,
  ...FILE_CASES,
  ...HTTP_CASES,
  ...HTTP_CLIENT_CASES,
  ...OVERFLOW_CASES,
  ...REDIS_STREAM_CASES,
  ...BULLMQ_CASES,
]

export { FIGURE_CASES } from './cases/figures.js'

import { keptNumberOf } from '../files/job.js'

const READLINE = 'readline and streams'
const SPLIT = 'split + parse + stringify alone'

/** Lines of JSON from one file, filtered, to another one. @type {readonly import('../contract.js').Case[]} */
export const FILE_CASES = [
  {
    name: 'file to file, NDJSON',
    unit: 'messages/s',
    result: keptNumberOf,
    sluice: async (build) => (await import('../sluice/files.js')).files(build),
    peers: {
      [READLINE]: async () => (await import('../peers/files/readline.js')).readlineAndStreams(),
      [SPLIT]: async () => (await import('../peers/files/split.js')).splitParseStringify(),
    },
    goals: { [READLINE]: 1.5, [SPLIT]: 0.7 },
  },
]

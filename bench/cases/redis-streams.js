const BARE = 'ioredis, the same commands'

/**
 * Messages of 250 bytes, an entry each, on a server that syncs every second.
 *
 * @type {readonly import('../contract.js').Case[]}
 */
export const REDIS_STREAM_CASES = [
  {
    name: 'redis-stream: read and acknowledge',
    unit: 'messages/s',
    result: (n) => n,
    sluice: async (build) => (await import('../sluice/redis-stream.js')).reading(build),
    peers: { [BARE]: async () => (await import('../peers/redis-stream-ioredis.js')).bareReading() },
    goals: { [BARE]: 0.8 },
  },
  {
    name: 'redis-stream: write',
    unit: 'messages/s',
    result: (n) => n,
    sluice: async (build) => (await import('../sluice/redis-stream.js')).writing(build),
    peers: { [BARE]: async () => (await import('../peers/redis-stream-ioredis.js')).bareWriting() },
    goals: { [BARE]: 0.8 },
  },
]

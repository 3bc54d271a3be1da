/**
 * RxJS in a pipeline and by itself, which knows neither demand nor acknowledgement.
 *
 * @type {readonly import('../contract.js').Case[]}
 */
export const RX_CASES = [
  {
    name: '`observable` producer, bursts of 1000',
    unit: 'messages/s',
    result: (n) => n,
    sluice: async (build) => (await import('../sluice/rx.js')).observed(build),
    peers: { RxJS: async () => (await import('../peers/rxjs-bursts.js')).run },
    goals: {},
  },
  {
    name: '`rx` stage, two operators',
    unit: 'messages/s',
    result: (n) => (n + 1) * 2,
    sluice: async (build) => (await import('../sluice/rx.js')).operators(build),
    peers: { RxJS: async () => (await import('../peers/rxjs.js')).run },
    goals: {},
  },
]

/** How many messages fail the first time that they are handled. */
const PART = 100

/** Retries of a stage one in a hundred of whose messages fails, and then succeeds. */
export const settings = { order: 'none', retry: { attempts: 2, backoff: { initialMs: 1, maxMs: 2 }, budget: 1 } }

export default {
  kind: 'stage',
  name: 'failing',
  summary: 'Fails some messages, once each.',
  options: { parse: () => ({}) },
  create: () => ({
    /**
     * @param {number} data
     * @param {object} _message
     * @param {{ attempt: number }} call
     */
    map(data, _message, { attempt }) {
      if (data % PART === 0 && attempt === 1) throw new Error('the first time')
      return data
    },
  }),
}

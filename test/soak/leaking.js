/** Everything that ever came: what a soak must find. */
const kept = /** @type {unknown[]} */ ([])

/** A stage that forgets nothing. */
export default {
  kind: 'stage',
  name: 'leaking',
  summary: 'Keeps what it has passed on.',
  options: { parse: () => ({}) },
  create: () => ({
    /** @param {unknown} data */
    map(data) {
      kept.push({ data })
      return data
    },
  }),
}

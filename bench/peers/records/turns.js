/**
 * One task at a time per key, in order of arrival: a chain of promises for each key that is busy.
 *
 * @returns {<T>(key: string, task: () => Promise<T>) => Promise<T>}
 */
export function keyedTurns() {
  /** @type {Map<string, Promise<any>>} */
  const tails = new Map()
  return async (key, task) => {
    const tail = tails.get(key)
    const turn = tail === undefined ? task() : tail.then(task)
    tails.set(key, turn)
    const result = await turn
    if (tails.get(key) === turn) tails.delete(key)
    return result
  }
}

import { distance } from 'fastest-levenshtein'
import { quote } from './text.ts'

/** No name that we know is longer; beyond it a comparison costs more than the hint is worth. */
const LONGEST_WORD = 64

/**
 * The known name that was probably meant, for "did you mean": at most a third of the letters may differ, at least one.
 * Case counts for nothing. Else the one that is a word of it. Undefined where no name is near.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > LONGEST_WORD) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(word.length / 3))
  for (const name of known) {
    if (Math.abs(name.length - word.length) > fewest) continue
    const edits = isSwap(wanted, name.toLowerCase()) ? 1 : distance(wanted, name.toLowerCase())
    if (edits < fewest || (edits === fewest && best === undefined)) {
      best = name
      fewest = edits
    }
  }
  return best ?? wordOf(word, known)
}

/** What is said behind "there is no such name": the one that was probably meant, or all there are. */
export function meantOrAll(word: string, known: readonly string[], none = 'none'): string {
  const meant = nearest(word, known)
  if (meant !== undefined) return `did you mean ${quote(meant)}?`
  return `there is: ${known.length === 0 ? none : known.map((name) => quote(name)).join(', ')}`
}

/** The one known name that is a word of a longer one, as `demand` is of `max_demand`. */
function wordOf(longer: string, known: Iterable<string>): string | undefined {
  const words = longer.split(/[_-]|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase())
  if (words.length === 1) return undefined
  const found = [...known].filter((name) => words.includes(name.toLowerCase()))
  return found.length === 1 ? found[0] : undefined
}

/** Whether two neighbouring letters have changed places, which is one slip of the fingers. */
function isSwap(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return (
    one[at] === other[at + 1] &&
    one[at + 1] === other[at] &&
    one.slice(at + 2) === other.slice(at + 2) &&
    at < one.length
  )
}

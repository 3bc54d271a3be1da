import { printable } from '../kit/text.ts'

/** A way into the document: keys of maps and indices of lists, from the top. */
export type Path = readonly (string | number)[]

/** A name out of a file, fit for a message. */
export function named(name: string): string {
  return `\`${printable(name, 64)}\``
}

/** The same of what may have a path in it, of which nothing may be missing. */
export function namedWhole(name: string): string {
  return `\`${printable(name, 1024)}\``
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[], conjunction: 'and' | 'or' = 'or'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`
}

/** The path as people write it: `stages.valid.from[0]`. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${step}`
  return text
}

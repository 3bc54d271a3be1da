import type { Message } from '../../core/message.ts'
import type { Selector } from '../expression/compile.ts'
import { textOf } from './headers.ts'
import { problemOfUrl } from './target.ts'

/** `{id}` in the path of a URL, as `URL` writes it. */
const PLACE = /%7B([A-Za-z_][A-Za-z0-9_]*)%7D/gi
const BRACE = /%7B|%7D/i

/** @returns what is wrong with a URL in whose path there may be places for parameters, as `/users/{id}`. */
export function problemOfTemplate(text: string): string | undefined {
  const problem = problemOfUrl(text)
  if (problem !== undefined) return problem
  const { pathname, search } = new URL(text)
  if (/[{}]/.test(search)) return 'parameters stand in the path: give those behind the "?" as `query`'
  return BRACE.test(pathname.replaceAll(PLACE, '')) ? 'a parameter is written {name}, in letters and digits' : undefined
}

/** The names of the parameters of a URL in which `problemOfTemplate` finds nothing wrong. */
export function parametersOf(text: string): string[] {
  return [...new URL(text).pathname.matchAll(PLACE)].map(([, name]) => name!)
}

/** What a path must not be made of: it would lead to another one, which nobody has written. */
function problemOfSegment(text: string): string | undefined {
  if (text === '' || text === '.' || text === '..') return 'an empty part of a path, "." and ".." lead elsewhere'
  return problemOfText(text)
}

function problemOfText(text: string): string | undefined {
  return /\p{Surrogate}/u.test(text) ? 'it has half a character' : undefined
}

type Selectors = Readonly<Record<string, Selector>>

/**
 * Makes the path and the query of a request of a message. What comes of a message is encoded, so that it stays the one
 * part of the path that it stands for; it never says where to connect to.
 *
 * @param path of the target, with its places.
 * @returns what throws SLUICE_REQUEST_INVALID for values that no path can have
 */
export function pathMaker(path: string, params: Selectors, query: Selectors): (message: Message) => string {
  const pieces = path.split(PLACE)
  const asked = Object.entries(query)
  if (pieces.length === 1 && asked.length === 0) return () => path
  return (message) => {
    let made = pieces[0]!
    for (let index = 1; index < pieces.length; index += 2) {
      const name = pieces[index]!
      const text = textOf(params[name]!(message), `the parameter ${name}`, problemOfSegment)
      made += encodeURIComponent(text) + pieces[index + 1]!
    }
    let separator = made.includes('?') ? '&' : '?'
    for (const [name, select] of asked) {
      const value = select(message)
      if (value === undefined || value === null) continue
      const text = textOf(value, `\`query.${name}\``, problemOfText)
      made += `${separator}${encodeURIComponent(name)}=${encodeURIComponent(text)}`
      separator = '&'
    }
    return made
  }
}

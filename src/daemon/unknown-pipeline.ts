import { nearest } from '../kit/nearest.ts'
import { quote } from '../kit/text.ts'

/** What is said where no pipeline has a name that was asked for. */
export function unknownPipeline(name: string, names: readonly string[]): string {
  const meant = nearest(name, names)
  const known = names.length === 0 ? 'none runs' : names.map((each) => quote(each)).join(', ')
  const more = meant === undefined ? `there is: ${known}` : `did you mean ${quote(meant)}?`
  return `no pipeline is called ${quote(name)} here; ${more}`
}

import { meantOrAll } from '../kit/nearest.ts'
import { quote } from '../kit/text.ts'

/** What is said where no pipeline has a name that was asked for. */
export function unknownPipeline(name: string, names: readonly string[]): string {
  return `no pipeline is called ${quote(name)} here; ${meantOrAll(name, names, 'none runs')}`
}

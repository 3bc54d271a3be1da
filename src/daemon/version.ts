import { readFileSync } from 'node:fs'

/** Of the package, which is two folders up from here in the sources and in what is built of them. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

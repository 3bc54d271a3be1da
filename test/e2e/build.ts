import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BUILD = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url))

/** Builds `dist/` once before the end-to-end tests, unless it is newer than its sources. */
export default function build(): void {
  execFileSync(process.execPath, [BUILD, '--if-needed'], { stdio: 'inherit' })
}

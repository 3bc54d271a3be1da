import { renderProblems } from '../config/render.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import { printable } from '../kit/text.ts'
import { load } from './load.ts'
import { painter } from './paint.ts'
import { summaryOf } from './summary.ts'

/** `sluice validate`: says of each file what is wrong, or what would run. @returns the exit code of the first bad file. */
export async function validate(files: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.fine
  for (const file of files) {
    const loaded = await load(file)
    if ('exitCode' in loaded) {
      exitCode ||= loaded.exitCode
      continue
    }
    const { spec, warnings, text } = loaded.pipeline
    const shown = renderProblems(warnings, text, { paint: painter(process.stdout) })
    const count = warnings.length === 1 ? 'one warning' : `${warnings.length} warnings`
    const verdict = warnings.length === 0 ? 'no mistakes' : `no mistakes, ${count}`
    process.stdout.write(`${printable(file, 1000)}: ${verdict}\n\n${spec.name}\n${summaryOf(spec)}\n`)
    if (warnings.length > 0) process.stdout.write(`\n${shown}\n`)
  }
  return exitCode
}

import { secretMask } from '../daemon/secret-mask.ts'

const mask = secretMask(process.env)

/** On standard output, without secrets of the environment: what a component says of a mistake may have some in it. */
export function print(text: string): void {
  process.stdout.write(mask(text))
}

/** The same on standard error. */
export function printError(text: string): void {
  process.stderr.write(mask(text))
}

/** What modules and components write on standard output meanwhile goes to standard error: what is printed stays whole. */
export async function withOutputKept<T>(action: () => Promise<T>): Promise<T> {
  const { write } = process.stdout
  process.stdout.write = process.stderr.write.bind(process.stderr)
  try {
    return await action()
  } finally {
    process.stdout.write = write
  }
}

import { styleText } from 'node:util'
import type { Part } from '../config/render.ts'

type Style = Parameters<typeof styleText>[0]

const STYLES: Readonly<Record<Part, Style>> = {
  place: 'bold',
  error: 'red',
  warning: 'yellow',
  source: 'dim',
  caret: 'red',
  hint: 'cyan',
}

/** Puts colour around parts of what is shown, where the stream is a terminal that wants it. */
export function painter(stream: NodeJS.WriteStream): (part: Part, text: string) => string {
  return (part, text) => styleText(STYLES[part], text, { stream })
}

/** What a scan of a text that may be JSON shows before it is parsed. */
export interface JsonOutline {
  /** Elements of the outermost array; 1 where it is no array. */
  readonly elements: number
  /** The offset of the first bracket that is deeper than is allowed; the scan ends there. */
  readonly tooDeepAt: number | undefined
}

/** Counts brackets and commas outside of strings. Whether the text is JSON at all doesn't matter here. */
export function scanJson(text: string, depthLimit: number): JsonOutline {
  let depth = 0
  let commas = 0
  for (let offset = 0; offset < text.length; offset++) {
    const code = text.charCodeAt(offset)
    if (code === 0x22) offset = endOfString(text, offset)
    else if (code === 0x2c) commas += depth === 1 ? 1 : 0
    else if (code === 0x5d || code === 0x7d) depth--
    else if ((code === 0x5b || code === 0x7b) && ++depth > depthLimit) return { elements: 1, tooDeepAt: offset }
  }
  return { elements: text.trimStart().startsWith('[') ? commas + 1 : 1, tooDeepAt: undefined }
}

/** The offset of the quote that ends the string which begins at `start`, or of the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let unescaped = end - 1
    while (text.charCodeAt(unescaped) === 0x5c) unescaped--
    if ((end - unescaped) % 2 === 1) return end
  }
  return text.length
}

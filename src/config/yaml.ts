import { Composer, Lexer, Parser, type CST, type Document } from 'yaml'
import { convert } from './convert.ts'
import { hintOf } from './errors.ts'
import type { Report } from './report.ts'
import { pathAt, type MapValue } from './tree.ts'
import { yamlFaults } from './yaml-faults.ts'

/** Maps and lists inside each other. */
const MAX_DEPTH = 64
/** Words, marks, spaces and line feeds; a line of config has about eight. Bounds the time that a file can take. */
const MAX_TOKENS = 200_000

/**
 * Reads YAML 1.2, strictly: what the parser only warns about is an error too; no aliases, no tags but those of the core
 * schema, one document, a map at the top. Everything that is wrong is reported; what could be read is given back.
 *
 * @returns undefined where the rest can't be trusted
 */
export function parseYaml(report: Report): MapValue | undefined {
  const tokens = tokensOf(report)
  if (tokens === undefined) return undefined
  const document = documentOf(tokens)
  const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
  const faults = yamlFaults(errors, report.text)
  const converted = document?.contents ? convert(document.contents, report.text) : undefined
  report.root = converted?.root
  for (const fault of faults) {
    const path = report.root === undefined ? [] : pathAt(report.root, fault.range[0])
    report.add({ ...fault, path })
    if (fault.isLocal) report.mute(path.slice(0, 2))
  }
  if (faults.some(({ isLocal }) => !isLocal)) return undefined
  for (const finding of converted?.findings ?? []) report.add(finding)
  for (const path of converted?.spoilt ?? []) report.mute(path)
  return topOf(report)
}

/** The tokens of the document; undefined where there is another one, or they are too many or too deep. */
function tokensOf(report: Report): CST.Token[] | undefined {
  const { text } = report
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let count = 0
  let hasDocument = false
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token)
      hasDocument ||= token.type === 'document'
    }
    // The parser keeps its own stack, the composer behind it recurses: it must never see what is too deep.
    if (parser.stack.length > MAX_DEPTH + 2) return refuse(report, parser.offset, `deeper than ${MAX_DEPTH} levels`)
    if (++count > MAX_TOKENS) return refuse(report, parser.offset, `longer than ${MAX_TOKENS} words and marks`)
    if (hasDocument && parser.stack[0]?.type === 'document') {
      reportSecond(report, parser.stack[0].offset)
      return undefined
    }
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

function documentOf(tokens: readonly CST.Token[]): Document.Parsed | undefined {
  const composer = new Composer({ prettyErrors: false, stringKeys: true, uniqueKeys: false, resolveKnownTags: false })
  const [document] = composer.compose(tokens)
  return document
}

function reportSecond(report: Report, offset: number): void {
  const range = [offset, offset + 3] as const
  report.add({ code: 'SLUICE_CONFIG_YAML_DOCUMENTS', path: [], range, message: 'a second document starts here' })
}

function refuse(report: Report, offset: number, measure: string): undefined {
  const range = [Math.max(0, offset - 1), offset] as const
  report.add({ code: 'SLUICE_CONFIG_TOO_COMPLEX', path: [], range, message: `the file is ${measure}` })
  return undefined
}

function topOf(report: Report): MapValue | undefined {
  const { root } = report
  if (root?.kind === 'map') return root
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) {
    report.add({ code: 'SLUICE_CONFIG_FILE_EMPTY', path: [], range: [0, 0], message: 'the file holds no pipeline' })
    return undefined
  }
  const message = `the file is ${root.kind === 'list' ? 'a list' : 'a single value'}, not a map`
  const hint = hintOf('SLUICE_CONFIG_FILE_EMPTY')
  report.add({ code: 'SLUICE_CONFIG_TYPE', path: [], message, expected: 'a map', hint })
  return undefined
}

import { dirname, isAbsolute, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Origin } from '../registry/origins.ts'

/** A node, and where its code stands. */
export interface Owner {
  readonly pipeline: string
  readonly node: string
  readonly origins: readonly Origin[]
}

interface Frame {
  readonly file: string
  readonly line: number
}

/** A line of a stack: `at name (file:1:2)`, `at async name (file:1:2)` or `at file:1:2`. */
const FRAME = /^\s+at (?:.*\()?(?:async )?((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/
/** Causes are followed so far, and so many of the errors that one holds together. */
const MOST_CAUSES = 10
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//
const NODE_MODULES = `${sep}node_modules${sep}`

/** Sluice's own files. Components lie there side by side: their folder says nothing. */
const OWN_FOLDER = fileURLToPath(new URL('..', import.meta.url))

/**
 * The nodes that something thrown came from: Node.js doesn't say whose it is, but its stack, and those of its causes,
 * name files. The first frame from within counts that belongs to a node's own lines, else to its file, else to its
 * folder or package; all nodes that run that code are named.
 */
export function ownersOf(thrown: unknown, owners: readonly Owner[]): readonly Owner[] {
  return ownersOfStack(errorsIn(thrown).flatMap(linesOf), owners)
}

/** The same for the lines of a stack. */
export function ownersOfStack(lines: readonly string[], owners: readonly Owner[]): readonly Owner[] {
  const frames = lines.flatMap(framesIn)
  for (const isIn of [isInLines, isInFile, isInFolder]) {
    for (const frame of frames) {
      const found = owners.filter(({ origins }) => origins.some((origin) => isIn(frame, origin)))
      if (found.length > 0) return found
    }
  }
  return []
}

/** The first frame of a stack, for what nobody can be named for. */
export function firstFrame(thrown: unknown): string | undefined {
  const [error] = errorsIn(thrown)
  return (
    error &&
    linesOf(error)
      .find((line) => /^\s+at /.test(line))
      ?.trim()
  )
}

function isInLines({ file, line }: Frame, origin: Origin): boolean {
  const { lines } = origin
  return lines !== undefined && file === origin.file && line >= lines[0] && line <= lines[1]
}

function isInFile({ file }: Frame, origin: Origin): boolean {
  return file === origin.file
}

/** A module's own imports: of a package those of the package, of a file those beside it and below. */
function isInFolder({ file }: Frame, origin: Origin): boolean {
  if (origin.file.startsWith(OWN_FOLDER)) return false
  const folder = PACKAGE.exec(origin.file)?.[0] ?? join(dirname(origin.file), sep)
  return file.startsWith(folder) && !file.slice(folder.length - 1).includes(NODE_MODULES)
}

/** An error, the errors that it holds and their causes. What isn't one has no stack. */
function errorsIn(thrown: unknown): readonly Error[] {
  const errors: Error[] = []
  const open: unknown[] = [thrown]
  while (open.length > 0 && errors.length < MOST_CAUSES) {
    const next = open.shift()
    if (!(next instanceof Error) || errors.includes(next)) continue
    errors.push(next)
    open.push(...causesOf(next))
  }
  return errors
}

function causesOf(error: Error): unknown[] {
  try {
    return [...(error instanceof AggregateError ? error.errors.slice(0, MOST_CAUSES) : []), error.cause]
  } catch {
    return []
  }
}

function framesIn(line: string): Frame[] {
  const [, place, row] = FRAME.exec(line) ?? []
  const file = place === undefined ? '' : pathOf(place)
  return isAbsolute(file) ? [{ file, line: Number(row) }] : []
}

/** Without its message, which may quote a stack, or pretend to be one. */
function linesOf(error: Error): string[] {
  try {
    const { stack, message } = error as { stack?: unknown; message?: unknown }
    if (typeof stack !== 'string') return []
    const start = typeof message === 'string' ? stack.indexOf(message) : -1
    return stack.slice(start < 0 ? 0 : start + String(message).length).split('\n')
  } catch {
    return []
  }
}

/** Modules that are loaded again have a query behind their path. */
function pathOf(place: string): string {
  if (!place.startsWith('file:')) return place
  try {
    return fileURLToPath(place.replace(/[?#].*$/, ''))
  } catch {
    return ''
  }
}

import type { Problem } from '../config/errors.ts'
import type { LoadedAll } from '../config/load-all.ts'
import type { LoadedPipeline } from '../config/load.ts'
import type { Connection } from '../daemon/connect.ts'
import { hintFor } from '../daemon/hints.ts'

/** A pipeline with how its nodes could be opened, where that was tried. */
export interface Tried {
  readonly pipeline: LoadedPipeline
  readonly connections: readonly Connection[] | undefined
}

/** What `sluice validate --json` prints. Fields may be added; those that are there keep their meaning. */
interface Verdict {
  readonly ok: boolean
  /** What the process exits with. */
  readonly exitCode: number
  /** All files that were looked at. */
  readonly files: readonly string[]
  /** Errors and warnings of all files. */
  readonly problems: readonly Problem[]
  /** Problems beyond those that are listed. */
  readonly omitted: number
  /** What could be read. */
  readonly pipelines: readonly PipelineVerdict[]
}

interface PipelineVerdict {
  readonly file: string
  readonly name: string
  readonly nodes: readonly NodeVerdict[]
}

interface NodeVerdict {
  readonly name: string
  readonly kind: 'producer' | 'stage' | 'consumer'
  readonly component: string
  readonly from: readonly string[]
  /** Whether it could be opened; only with `--connect`. */
  readonly opened?: boolean
  /** Why it could not. */
  readonly error?: { readonly code?: string; readonly message: string; readonly hint?: string }
}

/** What was found out, as plain data. */
export function verdictOf({ files, errors, pipelines }: LoadedAll, tried: readonly Tried[], exitCode: number): Verdict {
  return {
    ok: exitCode === 0,
    exitCode,
    files,
    problems: [...errors, ...pipelines.map(({ warnings }) => ({ problems: warnings }))].flatMap(
      ({ problems }) => problems,
    ),
    omitted: errors.reduce((sum, { omitted }) => sum + omitted, 0),
    pipelines: tried.map(pipelineVerdict),
  }
}

function pipelineVerdict({ pipeline: { file, spec }, connections }: Tried): PipelineVerdict {
  const nodes = spec.nodes.map(({ name, component, from }): NodeVerdict => {
    const connection = connections?.find(({ node }) => node === name)
    const { kind, name: componentName } = component
    return { name, kind, component: componentName, from: from.map((edge) => edge.from), ...openedOf(connection) }
  })
  return { file, name: spec.name, nodes }
}

function openedOf(connection: Connection | undefined): Pick<NodeVerdict, 'opened' | 'error'> {
  if (connection === undefined) return {}
  if (connection.error === undefined) return { opened: true }
  const { code, message } = connection.error as NodeJS.ErrnoException
  const hint = hintFor(code)
  return {
    opened: false,
    error: { ...(code === undefined ? {} : { code }), message, ...(hint === undefined ? {} : { hint }) },
  }
}

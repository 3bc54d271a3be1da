import { DEAD_LETTERS } from '../core/letter.ts'
import { clashesOf, type Clash } from './clashes.ts'
import { DEAD_LETTERS_PATH } from './dead-letters.ts'
import { ConfigError, hintOf, type Place, type Problem, type ProblemCode } from './errors.ts'
import type { LoadedPipeline } from './load.ts'
import { overflowsIn, titleOf } from './overflows.ts'
import { hasFilled, valueAt } from './tree.ts'
import { named, namedWhole, type Path } from './wording.ts'

/**
 * What only the pipelines of one process together show: two with one name, and two that want what only one can have.
 *
 * @returns what is wrong, by file
 */
export function checkTogether(pipelines: readonly LoadedPipeline[]): ConfigError[] {
  const problems = new Map<LoadedPipeline, Problem[]>()
  const add = (pipeline: LoadedPipeline, problem: Problem): void =>
    void problems.set(pipeline, [...(problems.get(pipeline) ?? []), problem])
  const names = new Map<string, LoadedPipeline>()
  for (const pipeline of pipelines) {
    const first = names.get(pipeline.spec.name)
    if (first === undefined) names.set(pipeline.spec.name, pipeline)
    else add(pipeline, nameTwice(first, pipeline))
  }
  for (const clash of clashesOf(pipelines.flatMap(ownersIn)))
    if (clash.first.pipeline !== clash.second.pipeline) add(clash.second.pipeline, wantedTwice(clash))
  return [...problems].map(
    ([{ file, text }, found]) => new ConfigError(file, found, text === undefined ? {} : { text }),
  )
}

/** Something of a node that has what nobody else can have. */
interface Owner {
  readonly wanted: string
  readonly pipeline: LoadedPipeline
  /** In a message. */
  readonly title: string
  /** Where it is written. */
  readonly path: Path
}

function ownersIn(pipeline: LoadedPipeline): Owner[] {
  const { nodes, deadLetters } = pipeline.spec
  const owners = nodes.flatMap(({ name: node, component: { kind, name, exclusive: wanted } }): Owner[] =>
    wanted === undefined ? [] : [{ wanted, pipeline, title: named(node), path: [`${kind}s`, node, name] }],
  )
  const { exclusive: wanted, name = '' } = deadLetters?.component ?? {}
  if (wanted !== undefined)
    owners.push({ wanted, pipeline, title: named(DEAD_LETTERS), path: [...DEAD_LETTERS_PATH, name] })
  const kinds = new Map(nodes.map((node) => [node.name, node.component.kind]))
  const stored = overflowsIn(pipeline.spec).map(({ overflow: { store, setting }, ...ends }): Owner => {
    const node = ends.to ?? ends.from
    const path = [`${kinds.get(node)!}s`, node, ...setting]
    return { wanted: store.exclusive, pipeline, title: `the overflow of ${named(titleOf(ends))}`, path }
  })
  return [...owners, ...stored]
}

function nameTwice(first: LoadedPipeline, second: LoadedPipeline): Problem {
  const path = ['pipeline']
  const message = `${named(second.spec.name)} is also the name of the pipeline in ${first.file}`
  return problemOf('SLUICE_CONFIG_PIPELINE_TWICE', message, {
    path,
    at: placeIn(second, path, 'value'),
    other: { ...placeIn(first, path, 'value'), message: 'the first one' },
  })
}

function wantedTwice(clash: Clash<Owner>): Problem {
  const { first, second } = clash
  const message = clashText(clash, [first, second].some(isFilled))
  return problemOf('SLUICE_CONFIG_EXCLUSIVE', message, {
    path: second.path,
    at: placeIn(second.pipeline, second.path, 'key'),
    other: { ...placeIn(first.pipeline, first.path, 'key'), message: `${first.title} wants it here` },
  })
}

function clashText({ first, second, because }: Clash<Owner>, isSecret: boolean): string {
  const { file } = first.pipeline
  if (because === undefined) {
    const what = isSecret ? 'the same port, file or the like' : namedWhole(second.wanted)
    return `${second.title} wants ${what}, and so does ${first.title} in ${file}`
  }
  const [one, other] = isSecret ? ['a folder', 'a folder'] : [namedWhole(first.wanted), namedWhole(second.wanted)]
  return `${first.title} in ${file} wants ${one}, and ${second.title} wants ${other}: ${because}`
}

interface Places {
  readonly path: Path
  readonly at: Place
  readonly other: Place & { readonly message: string }
}

function problemOf(code: ProblemCode, message: string, { path, at, other }: Places): Problem {
  return { code, severity: 'error', ...at, path, message, hint: hintOf(code)!, related: [other] }
}

function placeIn({ file, report }: LoadedPipeline, path: Path, at: 'key' | 'value'): Place {
  return report === undefined ? { file } : report.placeOf(path, at)
}

/** Whether it comes from a variable, which may hold a secret. */
function isFilled({ pipeline: { report }, path }: Owner): boolean {
  const value = report?.root === undefined ? undefined : valueAt(report.root, path)?.value
  return value !== undefined && hasFilled(value)
}

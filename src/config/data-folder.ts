import { dirname, resolve } from 'node:path'
import type { Definition } from '../core/component.ts'
import { metaAt, knownKeys } from './zod-shape.ts'

/**
 * The option of a component that is marked so says where a node keeps its state; marked as `shared`, where the nodes of
 * all pipelines beside each other keep what they share.
 */
const MARK = 'x-data-folder'

/** A pipeline whose state it is. */
export interface PipelineOwner {
  /** The file of the pipeline. */
  readonly file: string
  readonly pipeline: string
}

/** A node whose state it is. */
export interface StateOwner extends PipelineOwner {
  readonly node: string
}

/**
 * Fills in where a node keeps its state, if its component keeps any and nobody says where: a folder per pipeline and
 * node, in SLUICE_DATA_DIR, or in `.sluice` beside the file of the pipeline, wherever the process was started.
 */
export function withDataFolder<T>({ options: schema }: Definition, options: T, owner: StateOwner): T {
  const key = knownKeys(schema).find((option) => metaAt(schema, [option], MARK) !== undefined)
  if (key === undefined || (options as Readonly<Record<string, unknown>>)[key] !== undefined) return options
  const isShared = metaAt(schema, [key], MARK) === 'shared'
  return { ...options, [key]: isShared ? sharedFolderOf(owner) : dataFolderOf(owner) }
}

/**
 * Where the overflow of an edge is stored, or, without a subscriber, that of all that a node gives, where nobody says:
 * beside the folders of the nodes. Names of nodes have no dot in them, so that no two have one folder.
 */
export function overflowFolderOf({ file, pipeline }: PipelineOwner, from: string, to: string | undefined): string {
  return dataFolderOf({ file, pipeline, node: to === undefined ? `durable.${from}` : `overflow.${from}.${to}` })
}

/** What a folder is named by that `overflowFolderOf` gives; undefined of any other name. */
export function overflowNamedBy(
  folder: string,
): { readonly from: string; readonly to: string | undefined } | undefined {
  const [kind, from, to, ...more] = folder.split('.')
  if (from === undefined || from === '' || to === '' || more.length > 0) return undefined
  if (kind === 'durable' && to === undefined) return { from, to }
  return kind === 'overflow' && to !== undefined ? { from, to } : undefined
}

/** Where all of a pipeline is kept that outlives its runs. */
export function pipelineFolderOf({ file, pipeline }: PipelineOwner): string {
  return resolve(sharedFolderOf({ file }), pipeline)
}

function sharedFolderOf({ file }: Pick<StateOwner, 'file'>): string {
  return process.env['SLUICE_DATA_DIR'] ?? resolve(dirname(file), '.sluice')
}

function dataFolderOf({ node, ...owner }: StateOwner): string {
  return resolve(pipelineFolderOf(owner), node)
}

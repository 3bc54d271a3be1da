import { dirname, resolve } from 'node:path'
import type { Definition } from '../core/component.ts'
import { namedDataFolder } from '../kit/data-folder.ts'
import type { StoreSettings } from '../overflow/store-settings.ts'
import { metaAt, knownKeys } from './zod-shape.ts'

/**
 * The option of a component that is marked so says where a node keeps its state; marked as `shared`, where the nodes of
 * all pipelines beside each other keep what they share; marked as `store`, it is a store, which may name its folder.
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
 * node, in SLUICE_DATA_DIR, or in `.sluice` beside the file of the pipeline. What somebody says is seen from the folder of
 * that file, too: state is found again wherever the process is started.
 */
export function withDataFolder<T>({ options: schema }: Definition, options: T, owner: StateOwner): T {
  const given = options as Readonly<Record<string, unknown>>
  const folders = knownKeys(schema).flatMap((key): [string, unknown][] => {
    const mark = metaAt(schema, [key], MARK)
    const value = given[key]
    if (mark === undefined || (mark === 'store' && value === undefined)) return []
    if (mark === 'store') return [[key, storeBeside(value as StoreSettings, owner)]]
    if (value !== undefined) return [[key, besideFile(value as string, owner)]]
    return [[key, mark === 'shared' ? sharedFolderOf(owner) : dataFolderOf(owner)]]
  })
  return folders.length === 0 ? options : { ...options, ...Object.fromEntries(folders) }
}

/** A store whose folder, if it names one, is seen from that of the file of its pipeline. */
export function storeBeside(store: StoreSettings, owner: Pick<PipelineOwner, 'file'>): StoreSettings {
  if (!('folder' in store.options) || store.options.folder === undefined) return store
  return { ...store, options: { ...store.options, folder: besideFile(store.options.folder, owner) } }
}

function besideFile(folder: string, { file }: Pick<PipelineOwner, 'file'>): string {
  return resolve(dirname(file), folder)
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
  return namedDataFolder() ?? resolve(dirname(file), '.sluice')
}

function dataFolderOf({ node, ...owner }: StateOwner): string {
  return resolve(pipelineFolderOf(owner), node)
}

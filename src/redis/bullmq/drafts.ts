import type { JobsOptions } from 'bullmq'
import { asError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { componentError } from '../../kit/component-errors.ts'
import type { Selector } from '../../kit/expression/compile.ts'
import { quote } from '../../kit/text.ts'
import { keepJobs, type JobOptions } from './options.ts'

/** A job before it is added. */
export interface JobDraft {
  readonly name: string
  readonly data: unknown
  readonly opts: JobsOptions
}

const DEFAULT_NAME = 'message'
const LOWEST_PRIORITY = 2_097_151
const INTEGER = /^-?(?:0|[1-9]\d*)$/

/** Makes the job of a message. @throws SLUICE_BULLMQ_JOB_INVALID, and what an expression throws */
export type DraftJob = (message: Message) => JobDraft

/** What makes jobs by these options. */
export function drafting(options: JobOptions, prefix: string): DraftJob {
  const { name, id, delay, priority, attempts, backoff, parent } = options
  const [removeOnComplete, removeOnFail] = [keepJobs(options.removeOnComplete), keepJobs(options.removeOnFail)]
  const always: JobsOptions = {
    ...(backoff && { backoff }),
    ...(removeOnComplete && { removeOnComplete }),
    ...(removeOnFail && { removeOnFail }),
  }
  return (message) => {
    const opts: JobsOptions = { ...always }
    const jobId = id === undefined ? jobIdOf(message.id) : customId(id(message))
    if (jobId !== undefined) opts.jobId = jobId
    if (delay !== undefined) opts.delay = numberOf(delay, message, { option: 'delay', least: 0 })
    if (priority !== undefined) {
      opts.priority = numberOf(priority, message, { option: 'priority', least: 0, most: LOWEST_PRIORITY })
    }
    if (attempts !== undefined) opts.attempts = numberOf(attempts, message, { option: 'attempts', least: 1 })
    const parentId = parent?.id(message) ?? undefined
    if (parentId !== undefined) {
      const { queue, whenFailed } = parent!
      opts.parent = { id: textOf(parentId, 'parent.id'), queue: `${prefix}:${queue}` }
      if (whenFailed === 'fail') opts.failParentOnFailure = true
      if (whenFailed === 'ignore') opts.ignoreDependencyOnFailure = true
    }
    const { data } = message
    if (data === undefined || typeof data === 'function' || typeof data === 'symbol') throw notJson(typeof data)
    return { name: name === undefined ? DEFAULT_NAME : textOf(name(message), 'name'), data, opts }
  }
}

/** The id of a message as one that a queue takes: without ":", and never an integer; another for each other id. */
export function jobIdOf(messageId: string): string {
  const text = messageId.replaceAll('%', '%25').replaceAll(':', '%3A')
  return INTEGER.test(text) ? `%${text}` : text
}

/** What is wrong with data that can't be a job's; undefined where nothing is. */
export function dataProblem({ data }: JobDraft): Error | undefined {
  try {
    JSON.stringify(data)
    return undefined
  } catch (error) {
    return notJson(asError(error).message)
  }
}

function customId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = textOf(value, 'id')
  if (text.includes(':')) throw invalid(`\`job.id\` gave ${quote(text)}: an id has no ":" in it`)
  // The queue reads it by `parseInt`, and takes it for one.
  if (text === 'NaN') throw invalid('`job.id` gave NaN, which is no id')
  if (INTEGER.test(text)) throw invalid(`\`job.id\` gave ${text}: an integer is an id that the queue counts itself`)
  return text
}

function textOf(value: unknown, option: string): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw invalid(`\`job.${option}\` gave ${kindOf(value)}, where a text is wanted`)
}

interface Bounds {
  readonly option: string
  readonly least: number
  readonly most?: number
}

function numberOf(
  select: Selector,
  message: Message,
  { option, least, most = Number.MAX_SAFE_INTEGER }: Bounds,
): number {
  const value = select(message)
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  const given = typeof value === 'number' ? String(value) : kindOf(value)
  throw invalid(`\`job.${option}\` gave ${given}, where an integer from ${least} to ${most} is wanted`)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  return value === '' ? 'an empty text' : `a value of type ${typeof value}`
}

function notJson(why: string): Error {
  return invalid(`the data can't be written as JSON: ${why}`)
}

function invalid(message: string): Error {
  return componentError('SLUICE_BULLMQ_JOB_INVALID', message)
}

import { createHash } from 'node:crypto'
import type { Job } from 'bullmq'
import { asError } from '../../../core/errors.ts'
import type { KeptError, Letter } from '../../../core/letter.ts'
import { jobIdOf, type JobDraft } from '../../../redis/bullmq/drafts.ts'
import { keepJobs, type JobOptions } from '../../../redis/bullmq/options.ts'
import { overflowError } from '../../errors.ts'
import { readMarkedJson, writeMarkedJson } from '../../marked-json.ts'
import { asLetter } from '../as-letter.ts'

const PRINT_CHARACTERS = 16

/**
 * The job of a letter. One that is handled is a letter no more: it goes. @throws SLUICE_LETTER_NOT_JSON
 *
 * Its id has a print of the message's data: where a producer counts anew, as lines of standard input are counted at each
 * start, another message has the id of an older one, whose letter must not stand for both.
 */
export function jobOf(letter: Letter, { removeOnFail }: JobOptions): JobDraft {
  const kept = keepJobs(removeOnFail)
  const data = dataOf(letter)
  const jobId = `${jobIdOf(letter.id)}-${printOf((data as Letter).data)}`
  const opts = { jobId, attempts: 1, removeOnComplete: true, ...(kept && { removeOnFail: kept }) }
  return { name: letter.node, data, opts }
}

function printOf(data: unknown): string {
  const text = JSON.stringify(data) ?? ''
  return createHash('sha256').update(text).digest('hex').slice(0, PRINT_CHARACTERS)
}

/** A letter as data that a dashboard shows, with marks for what JSON hasn't. @throws SLUICE_LETTER_NOT_JSON */
export function dataOf(letter: Letter): unknown {
  try {
    return JSON.parse(writeMarkedJson(letter)!) as unknown
  } catch (error) {
    throw overflowError(
      'SLUICE_LETTER_NOT_JSON',
      `the letter can't be written as JSON: ${asError(error).message}`,
      error,
    )
  }
}

/** The letter of a job, which somebody may have changed. @throws SLUICE_LETTER_INVALID, SyntaxError */
export function letterIn({ data }: Job): Letter {
  const letter = asLetter(readMarkedJson(JSON.stringify(data)))
  // What JSON leaves out because it is undefined is there again.
  const { key, deadline, original, headers = {}, priority = 4, time = letter.failedAt } = letter as Partial<Letter>
  return { ...letter, key, deadline, original, headers, priority, time }
}

/** Whether it was failed before, and somebody has had it tried again: a dashboard may set back its attempts. */
export function isRetried({ attemptsMade, stacktrace }: Job): boolean {
  return attemptsMade > 0 || (stacktrace ?? []).length > 0
}

/** Why a letter's job has failed: its error in a line, without the places in the code, which are in its data. */
export function reasonOf({ code, message }: Pick<KeptError, 'code' | 'message'>): Error {
  const text = code === undefined ? message : `${code}: ${message}`
  return Object.assign(new Error(text), { stack: text })
}

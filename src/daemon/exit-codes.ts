import type { ConfigError, ProblemCode } from '../config/errors.ts'
import { exitCodeOf as exitCodeOfComponent } from '../kit/component-errors.ts'
import { exitCodeOf as exitCodeOfStore } from '../overflow/errors.ts'
import { exitCodeOf as exitCodeOfRedis } from '../redis/errors.ts'
import { exitCodeOf as exitCodeOfStream } from '../redis/stream/errors.ts'
import { exitCodeOf as exitCodeOfGroup } from '../redis/group/errors.ts'
import { exitCodeOf as exitCodeOfDaemon } from './errors.ts'
import type { PipelineReport } from './report.ts'

/** What a process exits with, after sysexits. */
export const EXIT = {
  fine: 0,
  deadline: 1,
  usage: 64,
  data: 65,
  noInput: 66,
  unavailable: 69,
  internal: 70,
  system: 71,
  cannotCreate: 73,
  inputOutput: 74,
  tryAgain: 75,
  permission: 77,
  config: 78,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const

/** What each exit code says. */
export const EXIT_MEANINGS: Readonly<Record<(typeof EXIT)[keyof typeof EXIT], string>> = {
  [EXIT.fine]: 'finished, or stopped by a signal and drained',
  [EXIT.deadline]: 'the drain took longer than `stopTimeout`',
  [EXIT.usage]: 'wrong usage',
  [EXIT.data]: 'messages failed, or input was skipped, and there was nobody to tell',
  [EXIT.noInput]: 'no such file, or standard input cannot be read',
  [EXIT.unavailable]: 'something it needs is unavailable',
  [EXIT.internal]: 'a node failed, or something was thrown outside of handlers that no node can be named for',
  [EXIT.system]: 'a port is in use, or another system error',
  [EXIT.cannotCreate]: 'a file cannot be created',
  [EXIT.inputOutput]: 'input or output failed',
  [EXIT.tryAgain]: 'another process has the folder of a store',
  [EXIT.permission]: 'no permission',
  [EXIT.config]: 'the config has mistakes',
  [EXIT.hungUp]: 'stopped at once by a second SIGHUP',
  [EXIT.interrupted]: 'stopped at once by a second Ctrl-C (SIGINT)',
  [EXIT.terminated]: 'stopped at once by a second SIGTERM',
}

const BY_ERRNO: Readonly<Record<string, number>> = {
  EADDRINUSE: EXIT.system,
  EADDRNOTAVAIL: EXIT.system,
  EMFILE: EXIT.system,
  ENFILE: EXIT.system,
  ENOMEM: EXIT.system,
  EACCES: EXIT.permission,
  EPERM: EXIT.permission,
  ENOENT: EXIT.cannotCreate,
  ENOTDIR: EXIT.cannotCreate,
  EISDIR: EXIT.cannotCreate,
  ENAMETOOLONG: EXIT.cannotCreate,
  ELOOP: EXIT.cannotCreate,
  EROFS: EXIT.cannotCreate,
  EIO: EXIT.inputOutput,
  EPIPE: EXIT.inputOutput,
  ENOSPC: EXIT.inputOutput,
  EDQUOT: EXIT.inputOutput,
  EFBIG: EXIT.inputOutput,
  ECONNREFUSED: EXIT.unavailable,
  ECONNRESET: EXIT.unavailable,
  ETIMEDOUT: EXIT.unavailable,
  EHOSTUNREACH: EXIT.unavailable,
  ENETUNREACH: EXIT.unavailable,
  ENOTFOUND: EXIT.unavailable,
  EAI_AGAIN: EXIT.unavailable,
}

/** Causes are followed so far; a circle of them ends here too. */
const MOST_CAUSES = 10

/** What to exit with because something couldn't be opened: what its code says, else the system error that it comes from. */
export function exitCodeOfOpening(error: unknown): number {
  const known = exitCodeOfNode(error) ?? exitCodeOfGroup(error) ?? exitCodeOfDaemon(error)
  if (known !== undefined) return known
  let cause = error
  for (let depth = 0; depth < MOST_CAUSES && cause instanceof Error; depth++) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== undefined && Object.hasOwn(BY_ERRNO, code)) return BY_ERRNO[code]!
    cause = cause.cause
  }
  return EXIT.internal
}

const OF_FILES: Partial<Record<ProblemCode, number>> = {
  SLUICE_CONFIG_FOLDER_EMPTY: EXIT.noInput,
  SLUICE_CONFIG_FILE_MISSING: EXIT.noInput,
  SLUICE_CONFIG_FILE_DIRECTORY: EXIT.noInput,
  SLUICE_CONFIG_FILE_PERMISSION: EXIT.permission,
  SLUICE_CONFIG_FILE_IO: EXIT.inputOutput,
}

/** What to exit with because of a config that can't be used. */
export function exitCodeOfConfig({ code }: ConfigError): number {
  return OF_FILES[code as ProblemCode] ?? EXIT.config
}

/** What to exit with when all pipelines have ended: the gravest of what they say. */
export function exitCodeOfReports(reports: readonly PipelineReport[]): number {
  const failed = reports.find(({ endsProcess }) => endsProcess) ?? reports.find(({ outcome }) => outcome === 'failed')
  if (failed !== undefined) return exitCodeOfFailure(failed)
  if (reports.some(({ outcome }) => outcome === 'deadline')) return EXIT.deadline
  return reports.some(({ unanswered }) => unanswered > 0) ? EXIT.data : EXIT.fine
}

function exitCodeOfFailure({ error, hasOpened }: PipelineReport): number {
  return hasOpened ? (exitCodeOfNode(error) ?? EXIT.internal) : exitCodeOfOpening(error)
}

/** Whether a pipeline that this error has ended is none the worse: the reader of its output had enough. */
export function isGoodEnd(error: unknown): boolean {
  return exitCodeOfComponent(error) === EXIT.fine
}

/** What the tables of components and stores say. */
function exitCodeOfNode(error: unknown): number | undefined {
  return exitCodeOfComponent(error) ?? exitCodeOfStore(error) ?? exitCodeOfRedis(error) ?? exitCodeOfStream(error)
}

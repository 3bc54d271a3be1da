import { pino, type DestinationStream, type Logger } from 'pino'
import type { Log } from '../core/component.ts'

const STANDARD_ERROR = 2

/** Fields that never show what they hold, wherever a component puts them. */
const SECRET = ['password', 'secret', 'token', 'authorization', 'cookie', 'apiKey']

export interface LogOptions {
  /** Where lines go. Standard error by default: standard output belongs to pipelines. */
  readonly destination?: DestinationStream
  /** Lines for people rather than JSON. */
  readonly isPretty?: boolean
}

/**
 * The log of the process: one JSON object per line, or lines for people on a terminal. Written synchronously, so that
 * the last line before an exit isn't lost.
 */
export async function createLog({ destination, isPretty = false }: LogOptions = {}): Promise<Log> {
  const stream = isPretty
    ? await prettyStream(destination)
    : (destination ?? pino.destination({ dest: STANDARD_ERROR, sync: true }))
  return kernelLog(
    pino(
      {
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        redact: { paths: SECRET.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
      },
      stream,
    ),
  )
}

/** The same log with fields on each line. */
export function withFields(log: Log, fields: object): Log {
  return {
    debug: (message, more) => log.debug(message, { ...fields, ...more }),
    info: (message, more) => log.info(message, { ...fields, ...more }),
    warn: (message, more) => log.warn(message, { ...fields, ...more }),
    error: (message, more) => log.error(message, { ...fields, ...more }),
  }
}

/** For a process that wants no log. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

async function prettyStream(destination: DestinationStream | undefined): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    destination: (destination ?? STANDARD_ERROR) as NodeJS.WritableStream | number,
    sync: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pipeline,node,code,hint,left',
    messageFormat: messageForPeople,
    colorize: process.stderr.hasColors?.() ?? false,
  })
}

/** Who says it, what, and below it what to do. */
function messageForPeople(line: Record<string, unknown>): string {
  const { msg, node, code, hint } = line as Partial<Record<string, string>>
  const who = node === undefined || msg!.includes(node) ? '' : `${node}: `
  const which = code === undefined || msg!.includes(code) ? '' : ` (${code})`
  return `${who}${msg}${which}${hint === undefined ? '' : `\n    ${hint}`}`
}

function kernelLog(logger: Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  }
}

import { Writable } from 'node:stream'
import { pino, type DestinationStream, type Logger } from 'pino'
import type { Log } from '../core/component.ts'
import { printable } from '../kit/text.ts'
import { DescriptorWriter, LogOutput, type LineWriter } from './log-output.ts'
import { secretMask } from './secret-mask.ts'

const STANDARD_ERROR = 2

/** Fields that never show what they hold, wherever a component puts them. */
const SECRET = ['password', 'secret', 'token', 'authorization', 'cookie', 'apiKey']

export interface LogOptions {
  /** Where lines go. Standard error by default: standard output belongs to pipelines. */
  readonly destination?: LineWriter
  /** Lines for people rather than JSON. */
  readonly isPretty?: boolean
  /** Whether lines for people say which pipeline they are about. */
  readonly showsPipeline?: boolean
  /** Its secrets are taken out of each line. */
  readonly environment?: NodeJS.ProcessEnv
}

/**
 * The log of the process: one JSON object per line, or lines for people on a terminal. Written synchronously, so that
 * the last line before an exit isn't lost. Never throws because of its destination: what can't be written is counted,
 * and told once there is room again.
 */
export async function createLog({
  destination,
  isPretty = false,
  showsPipeline = false,
  environment = process.env,
}: LogOptions = {}): Promise<Log> {
  const output = new LogOutput(destination ?? new DescriptorWriter(STANDARD_ERROR))
  const stream = isPretty ? await prettyStream(output, showsPipeline) : output
  const mask = secretMask(environment)
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    },
    { write: (line) => stream.write(mask(line)) },
  )
  return kernelLog(logger, output)
}

async function prettyStream(output: LogOutput, showsPipeline: boolean): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    destination: new Writable({
      decodeStrings: false,
      write: (line: string | Buffer, _, done) => {
        output.write(String(line))
        done()
      },
    }),
    sync: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pipeline,node,code,hint,left,drain',
    messageFormat: (line) => messageForPeople(line, showsPipeline),
    colorize: process.stderr.hasColors?.() ?? false,
  })
}

/** Who says it, what, and below it what to do. */
function messageForPeople(line: Record<string, unknown>, showsPipeline: boolean): string {
  const { msg, pipeline, node, code, hint } = line as Partial<Record<string, string>>
  const isNamed = node === undefined || msg!.includes(node)
  const where = showsPipeline && pipeline !== undefined && !msg!.startsWith(`${pipeline} `) ? `${pipeline}: ` : ''
  const who = isNamed ? where : `${where}${node}: `
  const which = code === undefined || msg!.includes(code) ? '' : ` (${code})`
  // A terminal does what it is told, also by what a component has logged.
  const told = printable(`${who}${msg}${which}`, Infinity)
  return hint === undefined ? told : `${told}\n    ${printable(hint, Infinity)}`
}

function kernelLog(logger: Logger, output: LogOutput): Log {
  const at =
    (level: keyof Log): Log[keyof Log] =>
    (message, fields = {}) => {
      logger[level](fields, message)
      tellLost(logger, output)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Says in the log itself how much of it is missing, as soon as that can be written. */
function tellLost(logger: Logger, output: LogOutput): void {
  const { lost } = output
  if (lost === 0 || output.isFailing) return
  output.lost = 0
  logger.warn({ lost }, `${lost} ${lost === 1 ? 'line' : 'lines'} of the log could not be written`)
  output.lost += output.isFailing ? lost : 0
}

import { asError } from '../core/errors.ts'
import { daemonError } from '../daemon/errors.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import { parseRecording } from '../daemon/recordings/parse-recording.ts'
import { readRecording, recordingJson, writeRecording } from '../daemon/recordings/recording-file.ts'
import { recordingText } from '../daemon/recordings/recording-text.ts'
import { RECORDINGS_FOLDER } from '../daemon/recordings/recordings-folder.ts'
import { unknownPipeline } from '../daemon/unknown-pipeline.ts'
import { printable, quote } from '../kit/text.ts'
import { DEFAULT_ADMIN, openAdmin, type AdminAccess, type AdminFlags } from './admin-access.ts'
import { exit } from './end.ts'
import { print, printError } from './print.ts'
import { told } from './told.ts'

export interface DumpFlags extends AdminFlags {
  readonly output?: string
  readonly read?: string
  readonly events: number
}

const STANDARD_OUTPUT = '-'
const LONGEST_PATH = 1000
/** What no pipeline can be called, and files are. */
const FILE = /[./\\]/

/** `sluice dump`: writes what the flight recorders of a daemon remember, or tells what is in such a file. */
export async function dump(pipelines: readonly string[], flags: DumpFlags): Promise<never> {
  let code: number
  try {
    code = flags.read === undefined ? await write(pipelines, flags) : tell(flags.read, pipelines, flags)
  } catch (error) {
    code = told(asError(error))
  }
  return await exit(code)
}

function tell(file: string, pipelines: readonly string[], { output, events }: DumpFlags): number {
  if (pipelines.length > 0 || output !== undefined)
    return misused('--read takes a file, and neither pipelines nor --output')
  print(`${recordingText(readRecording(file), events)}\n`)
  return EXIT.fine
}

async function write(named: readonly string[], flags: DumpFlags): Promise<number> {
  const { output = RECORDINGS_FOLDER } = flags
  const file = named.find((name) => FILE.test(name))
  if (file !== undefined) return misused(isNoName(file))
  const admin = await openAdmin(flags)
  if (admin === undefined) throw daemonError('SLUICE_ADMIN_UNREACHABLE', `no daemon answers at ${DEFAULT_ADMIN}`)
  const unknown = named.find((name) => !admin.pipelines.includes(name))
  if (unknown !== undefined) throw daemonError('SLUICE_ADMIN_NO_PIPELINE', unknownPipeline(unknown, admin.pipelines))
  const pipelines = named.length > 0 ? [...new Set(named)] : admin.pipelines
  if (output !== STANDARD_OUTPUT) return await writeFiles(pipelines, output, admin)
  if (pipelines.length !== 1) return misused(`standard output takes one pipeline; say which: ${pipelines.join(', ')}`)
  print(recordingJson(await recordingFrom(admin, pipelines[0]!)))
  return EXIT.fine
}

async function writeFiles(pipelines: readonly string[], folder: string, admin: AdminAccess): Promise<number> {
  for (const pipeline of pipelines) print(`${writeRecording(await recordingFrom(admin, pipeline), folder)}\n`)
  print(`\nTo read one: sluice dump --read <file>
To replay one, where the sources of Sluice are: npm run simulate -- --replay <file>\n`)
  return EXIT.fine
}

/** All that a pipeline remembers, also what this Sluice doesn't know of. */
async function recordingFrom(admin: AdminAccess, pipeline: string) {
  const answer = await admin.ask(`/api/pipelines/${encodeURIComponent(pipeline)}/recording`)
  const given = (await answer.json()) as object
  const parsed = parseRecording(given)
  if (parsed.recording !== undefined) return { ...given, ...namedIn(parsed.recording) }
  throw daemonError('SLUICE_RECORDING_INVALID', `the daemon has given no recording: ${parsed.problem}`)
}

function namedIn({ pipeline, at, reason }: { pipeline: string; at: number; reason: string }) {
  return { pipeline, at, reason }
}

function isNoName(file: string): string {
  const shown = quote(file)
  return file.endsWith('.json')
    ? `${shown} is no name of a pipeline; to read a recording: sluice dump --read ${printable(file, LONGEST_PATH)}`
    : `${shown} is no name of a pipeline: dump takes names, as a file has one behind \`pipeline:\`, and asks the daemon that runs it`
}

function misused(problem: string): number {
  printError(`sluice: ${problem}\n`)
  return EXIT.usage
}

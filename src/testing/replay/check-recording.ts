import { parseRecording, type ReadRecording } from '../../daemon/recordings/parse-recording.ts'
import { testingError } from '../errors.ts'

/** @throws SLUICE_TESTING_RECORDING unless it is a recording of this version. */
export function checkRecording(given: unknown): ReadRecording {
  const parsed = parseRecording(given)
  if (parsed.recording !== undefined) return parsed.recording
  throw testingError('SLUICE_TESTING_RECORDING', `this is no recording: ${parsed.problem}`)
}

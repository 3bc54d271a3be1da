/**
 * Goes through a recording again that `sluice dump` or the daemon has written, and tells what is in it:
 *
 *     npm run simulate -- --replay .sluice/recordings/payments-20260131T120000123Z-stall.json [--events 100]
 */

/** @param {string} path of a module that was built */
const built = (path) => import(String(new URL(`../../dist/${path}`, import.meta.url)))

/** Events that are told where nobody says how many. */
const TOLD = '40'

/**
 * @param {string} file
 * @param {string} [events] how many of the last ones to tell
 * @returns {Promise<number>} what to exit with: 0 where it comes to the same state, 1 where it doesn't
 */
export async function replayFile(file, events = TOLD) {
  if (!/^\d{1,4}$/.test(events)) {
    console.error('--events takes a number, as in: npm run simulate -- --replay file.json --events 100')
    return 64
  }
  try {
    return await replayed(file, Number(events))
  } catch (error) {
    return await refused(/** @type {NodeJS.ErrnoException} */ (error))
  }
}

/**
 * @param {string} file
 * @param {number} told
 */
async function replayed(file, told) {
  const { readRecording } = await built('daemon/recordings/recording-file.js')
  const { recordingText } = await built('daemon/recordings/recording-text.js')
  /** @type {typeof import('../../src/testing/index.ts')} */
  const { replay } = await built('testing/index.js')
  const recording = readRecording(file)
  const { isSame, deviations, events } = replay(recording)
  console.log(recordingText(recording, told))
  console.log(
    isSame ? `\nReplayed: ${events} events come to the same state` : '\nReplayed: it does not come to the same state',
  )
  for (const { event, text } of deviations)
    console.log(`  ${event === undefined ? 'at the end' : `event ${event}`}: ${text}`)
  return isSame ? 0 : 1
}

/** @param {NodeJS.ErrnoException} error */
async function refused(error) {
  const { exitCodeOfOpening } = await built('daemon/exit-codes.js')
  const { hintFor } = await built('daemon/hints.js')
  console.error(`${error.message}\n  ${hintFor(error.code) ?? error.stack}`)
  return exitCodeOfOpening(error)
}

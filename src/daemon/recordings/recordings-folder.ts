/** Where recordings are written, if nobody says. */
export const RECORDINGS_FOLDER = '.sluice/recordings'

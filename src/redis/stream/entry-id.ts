/** Of the part of an id behind the dash. */
const HIGHEST_SEQUENCE = '18446744073709551615'

/** The highest id that is below another one, for commands that read what is behind an id. */
export function idBelow(id: string): string {
  const [time = '0', sequence = '0'] = id.split('-')
  if (sequence !== '0') return `${time}-${BigInt(sequence) - 1n}`
  return time === '0' ? '0-0' : `${BigInt(time) - 1n}-${HIGHEST_SEQUENCE}`
}

/** Whether an entry stands behind another one in its stream. */
export function isBehind(id: string, other: string): boolean {
  const [time = '0', sequence = '0'] = id.split('-')
  const [otherTime = '0', otherSequence = '0'] = other.split('-')
  if (time !== otherTime) return isMore(time, otherTime)
  return isMore(sequence, otherSequence)
}

/** Digits of 64 bits, which a number doesn't hold exactly. */
function isMore(digits: string, others: string): boolean {
  return digits.length === others.length ? digits > others : digits.length > others.length
}

import { expect, test } from 'vitest'
import { DescriptorWriter, LogOutput } from '../../src/daemon/log-output.ts'

/** A descriptor that takes so many bytes with each write, or refuses with a code. */
function system(...answers: readonly (number | string)[]) {
  const waiting = [...answers]
  const seen = { text: '', pausedMs: 0 }
  return {
    seen,
    answer: (...more: readonly (number | string)[]) => void waiting.push(...more),
    write(_: number, bytes: Uint8Array): number {
      const answer = waiting.shift() ?? bytes.length
      if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer })
      seen.text += Buffer.from(bytes.subarray(0, answer)).toString()
      return Math.min(answer, bytes.length)
    },
    pause: (milliseconds: number) => void (seen.pausedMs += milliseconds),
  }
}

test('what cannot be written is counted and not thrown, and the next line is tried again', () => {
  const given = system('ENOSPC', 'EFBIG')
  const output = new LogOutput(new DescriptorWriter(2, given))
  output.write('one\n')
  output.write('two\n')
  expect(output).toMatchObject({ lost: 2, isFailing: true })
  output.write('three\n')
  expect(output).toMatchObject({ lost: 2, isFailing: false })
  expect(given.seen.text).toBe('three\n')
})

test('a short write is gone on with', () => {
  const given = system(2, 1)
  new DescriptorWriter(2, given).write('äöü\n')
  expect(Buffer.byteLength('äöü\n')).toBe(7)
  expect(given.seen.text.at(-1)).toBe('\n')
})

test('after a line that was cut off by a full disk the next one starts on a line of its own', () => {
  const given = system(3, 'ENOSPC', 'ENOSPC')
  const output = new LogOutput(new DescriptorWriter(2, given))
  for (const line of ['first\n', 'second\n', 'third\n', 'fourth\n']) output.write(line)
  expect(given.seen.text).toBe('fir\nthird\nfourth\n')
  expect(output.lost).toBe(2)
})

test('a pipe that is full for a moment is waited for', () => {
  const given = system('EAGAIN', 2, 'EAGAIN')
  new DescriptorWriter(2, given).write('line\n')
  expect(given.seen.text).toBe('line\n')
  expect(given.seen.pausedMs).toBeGreaterThan(0)
})

test('a pipe that nobody reads holds the process up once, not with each line', () => {
  const given = system(...Array.from({ length: 1000 }, () => 'EAGAIN'))
  const output = new LogOutput(new DescriptorWriter(2, given))
  output.write('one\n')
  const { pausedMs } = given.seen
  expect(pausedMs).toBeGreaterThan(0)
  for (let count = 0; count < 5; count++) output.write('more\n')
  expect(given.seen.pausedMs).toBe(pausedMs)
  expect(output.lost).toBe(6)
})

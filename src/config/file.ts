import { open, type FileHandle } from 'node:fs/promises'
import { BYTE_ORDER_MARK, utf8FaultAt, utf8Text } from '../kit/utf8.ts'
import { CONFIG_ERRORS, ConfigError, hintOf, type ConfigErrorCode } from './errors.ts'
import { Report } from './report.ts'

/** Largest config file. */
export const MAX_FILE_BYTES = 1024 * 1024

const CODE_BY_ERRNO: Readonly<Record<string, ConfigErrorCode>> = {
  ENOENT: 'SLUICE_CONFIG_FILE_MISSING',
  ENOTDIR: 'SLUICE_CONFIG_FILE_MISSING',
  ENAMETOOLONG: 'SLUICE_CONFIG_FILE_MISSING',
  ERR_INVALID_ARG_VALUE: 'SLUICE_CONFIG_FILE_MISSING',
  EISDIR: 'SLUICE_CONFIG_FILE_DIRECTORY',
  EACCES: 'SLUICE_CONFIG_FILE_PERMISSION',
  EPERM: 'SLUICE_CONFIG_FILE_PERMISSION',
}

/** What YAML has no characters for; they would also reach the terminal in messages. Tab, LF and CR are fine. */
// oxlint-disable-next-line no-control-regex -- to find control characters is what it is for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/

/**
 * Reads a config file: UTF-8, at most 1 MiB; a byte order mark at its start is left out.
 *
 * @throws ConfigError where there is no such text
 */
export async function readConfigFile(file: string): Promise<string> {
  const bytes = await readBytes(file)
  const written = utf8Text(bytes)
  if (bytes.length > MAX_FILE_BYTES) {
    throw ofFile(file, 'SLUICE_CONFIG_TOO_COMPLEX', `the file is larger than ${MAX_FILE_BYTES} bytes`)
  }
  if (written === undefined) {
    const offset = offsetOf(bytes, utf8FaultAt(bytes))
    throw notText(file, bytes.toString('utf8'), { offset, message: 'this is not UTF-8 text' })
  }
  const text = written.startsWith(BYTE_ORDER_MARK) ? written.slice(1) : written
  const control = text.search(CONTROL)
  if (control !== -1) throw notText(file, text, { offset: control, message: controlMessage(text, control) })
  return text
}

async function readBytes(file: string): Promise<Buffer> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    return await readUpTo(handle, MAX_FILE_BYTES + 1)
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    await handle?.close()
  }
}

/** Why a file or folder can't be read, by what the system says. */
export function unreadable(file: string, error: unknown): ConfigError {
  const { code = 'unknown', message } = error as NodeJS.ErrnoException
  const known = CODE_BY_ERRNO[code]
  return known === undefined
    ? ofFile(file, 'SLUICE_CONFIG_FILE_IO', `it could not be read: ${message}`)
    : ofFile(file, known, CONFIG_ERRORS[known].summary)
}

/** Not by size: a pipe has none, and a device has no end. */
async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(limit)
  let length = 0
  while (length < limit) {
    const { bytesRead } = await handle.read(buffer, length, limit - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

function offsetOf(bytes: Buffer, byteOffset: number): number {
  return bytes.subarray(0, byteOffset).toString('utf8').length
}

function controlMessage(text: string, offset: number): string {
  const point = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')
  return `a control character (U+${point}) is not text`
}

function notText(file: string, text: string, { offset, message }: { offset: number; message: string }): ConfigError {
  const report = new Report(file, text)
  report.add({ code: 'SLUICE_CONFIG_FILE_ENCODING', path: [], range: [offset, offset + 1], message })
  return new ConfigError(file, report.problems, { text })
}

/** A refusal of a file or folder as a whole. */
export function ofFile(file: string, code: ConfigErrorCode, message: string): ConfigError {
  const hint = hintOf(code)
  return new ConfigError(file, [
    { code, severity: 'error', file, path: [], message, ...(hint === undefined ? {} : { hint }) },
  ])
}

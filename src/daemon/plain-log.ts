import type { Log } from '../core/component.ts'

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

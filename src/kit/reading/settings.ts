import type { JsonLimits } from '../json-limits.ts'
import { CsvRecords, type ParseCsv } from './csv-records.ts'
import { LineRecords, type Records } from './records.ts'

/** The options of a producer that reads files. */
export interface ReadingSettings {
  readonly path: readonly string[]
  readonly exclude: readonly string[]
  readonly format: 'ndjson' | 'lines' | 'csv'
  readonly csv: { readonly delimiter: string; readonly header: boolean | readonly string[] }
  readonly read: 'follow' | 'once'
  readonly start: 'beginning' | 'end'
  readonly maxLine: number
  readonly limits: JsonLimits
  /** Ms between two looks at the files. */
  readonly poll: number
  /** Ms without growth after which a file that was rotated away is complete. */
  readonly rotateWait: number
}

/** Makes what cuts a file into records. */
export type MakeRecords = (at: number, names?: readonly string[]) => Records

/** Loads the library of the format, if it has one. */
export async function recordMaker({ format, csv, ...options }: ReadingSettings): Promise<MakeRecords> {
  if (format !== 'csv') return (at) => new LineRecords(at, format, options)
  const { parse } = await import('csv-parse/sync')
  const csvOptions = { ...options, ...csv, parse: parse as unknown as ParseCsv }
  return (at, names) => new CsvRecords(at, csvOptions, names)
}

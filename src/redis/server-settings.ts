import { SluiceError } from '../core/errors.ts'
import type { RedisServer } from './connection.ts'

/** What a server says of itself; undefined is what this user may not see. */
export interface ServerSettings {
  readonly version: string | undefined
  /** `master` or `slave`. */
  readonly role: string | undefined
  readonly policy: string | undefined
  /** 0: no limit. */
  readonly maxMemoryBytes: number | undefined
  readonly isAppending: boolean | undefined
  /** `always`, `everysec` or `no`. */
  readonly fsync: string | undefined
  /** How many are connected. */
  readonly replicas: number | undefined
  readonly minReplicas: number | undefined
}

/** Settings that INFO doesn't tell, and those that it may not tell. */
const NAMES = ['maxmemory', 'maxmemory-policy', 'appendonly', 'appendfsync', 'min-replicas-to-write']

/** Refusals that leave a setting unseen; hosted servers often know no CONFIG. */
const UNSEEN: ReadonlySet<string> = new Set(['SLUICE_REDIS_NOT_PERMITTED', 'SLUICE_REDIS_COMMAND_UNKNOWN'])

/** @returns undefined where the user may not ask at all. */
export async function settingsOf(server: RedisServer): Promise<ServerSettings | undefined> {
  const info = await seen(infoOf(server))
  const config = await seen(configOf(server))
  if (info === undefined && config === undefined) return undefined
  const told = (inConfig: string, inInfo?: string): string | undefined =>
    config?.get(inConfig) ?? (inInfo === undefined ? undefined : info?.get(inInfo))
  const appending = told('appendonly', 'aof_enabled')
  return {
    version: info?.get('redis_version'),
    role: info?.get('role'),
    policy: told('maxmemory-policy', 'maxmemory_policy'),
    maxMemoryBytes: numberOf(told('maxmemory', 'maxmemory')),
    isAppending: appending === undefined ? undefined : appending === 'yes' || appending === '1',
    fsync: told('appendfsync'),
    replicas: numberOf(info?.get('connected_slaves')),
    minReplicas: numberOf(told('min-replicas-to-write')),
  }
}

/** Compares the parts of versions as numbers. A part that is none, as of a release candidate, counts as 0. */
export function isOlder(version: string, than: string): boolean {
  const [parts, others] = [version, than].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0))
  for (let at = 0; at < others!.length; at++) {
    const difference = (parts![at] ?? 0) - others![at]!
    if (difference !== 0) return difference < 0
  }
  return false
}

async function seen<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof SluiceError && UNSEEN.has(error.code)) return undefined
    throw error
  }
}

async function infoOf(server: RedisServer): Promise<ReadonlyMap<string, string>> {
  const text = String(await server.send(['info']))
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

async function configOf(server: RedisServer): Promise<ReadonlyMap<string, string>> {
  // One name for each call: Redis takes several from 7.0 on only.
  const outcomes = await server.sendTogether(NAMES.map((name) => ['config', 'get', name]))
  const refused = outcomes.find(({ error }) => error !== undefined)
  if (refused?.error !== undefined) throw refused.error
  return new Map(outcomes.map(({ reply }) => reply as [string, string]).filter((pair) => pair.length === 2))
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text)
  return text === undefined || Number.isNaN(value) ? undefined : value
}

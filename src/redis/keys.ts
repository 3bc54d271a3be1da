/** The keys of one partition of one node. */
export interface RedisKeys {
  /** A stream: the frames that are stored. */
  readonly frames: string
  /** A string: who has the partition, until when. */
  readonly lease: string
  /** A string: the highest epoch that was given out. */
  readonly epoch: string
  /** A hash: what is committed. */
  readonly commit: string
}

export interface KeyPlace {
  /** What all keys begin with; "sluice" by default. Keeps installations apart that share a server. */
  readonly prefix?: string
  readonly pipeline: string
  readonly node: string
  /** Where a node has several. */
  readonly partition?: string | number
}

/**
 * The names of the keys, `sluice:{orders/ledger}:frames` or `sluice:{orders/ledger/3}:frames`.
 *
 * What stands in braces is all that a cluster looks at to find the server of a key, so that the keys of a partition are
 * at one server, where one script can reach them. Other names make other keys: in them `{`, `}`, `/`, `%` and
 * whatever isn't printable ASCII are written as a URL writes them.
 */
export function keysOf({ prefix = 'sluice', pipeline, node, partition }: KeyPlace): RedisKeys {
  const parts = [pipeline, node, ...(partition === undefined ? [] : [String(partition)])]
  const base = `${escapeName(prefix)}:{${parts.map(escapeName).join('/')}}`
  return { frames: `${base}:frames`, lease: `${base}:lease`, epoch: `${base}:epoch`, commit: `${base}:commit` }
}

/** A name as it stands in keys. */
export function escapeName(name: string): string {
  return name.replace(/[^!-~]|[{}/%]/gu, percent)
}

/** Each byte of a character in UTF-8 as `%` and two digits. */
function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

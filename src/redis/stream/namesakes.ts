import { createHash } from 'node:crypto'
import { SluiceError } from '../../core/errors.ts'
import type { RedisConnection, RedisServer } from '../connection.ts'

interface ConsumerName {
  readonly stream: string
  readonly group: string
  readonly consumer: string
}

/** What the connection of a consumer is called, so that another one of its name is seen: by its hash, as names have no spaces. */
export function connectionNameOf({ stream, group, consumer }: ConsumerName): string {
  return `sluice:${createHash('sha1')
    .update(JSON.stringify([stream, group, consumer]))
    .digest('hex')}`
}

/** Whether somebody else is connected under a name; false where the user may not look. */
export async function hasNamesake(connection: RedisConnection, name: string): Promise<boolean> {
  for (const server of connection.servers()) if ((await connectedTo(server, name)) > 1) return true
  return false
}

async function connectedTo(server: RedisServer, name: string): Promise<number> {
  try {
    const clients = String(await server.send(['client', 'list']))
    return clients.split('\n').filter((line) => line.includes(` name=${name} `)).length
  } catch (error) {
    const isRefused = error instanceof SluiceError && error.code === 'SLUICE_REDIS_NOT_PERMITTED'
    if (isRefused || (error instanceof SluiceError && error.code === 'SLUICE_REDIS_COMMAND_UNKNOWN')) return 0
    throw error
  }
}

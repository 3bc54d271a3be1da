import { SluiceError } from '../../core/errors.ts'
import { checkServers } from '../checks.ts'
import type { RedisConnection } from '../connection.ts'
import { checkLetters } from './check-letters.ts'
import { commandsOf } from './commands.ts'
import type { GroupOptions } from './group-options.ts'
import { hasNamesake } from './namesakes.ts'

interface Checked {
  readonly options: GroupOptions
  readonly consumer: string
  /** Keys of what is kept beside the stream: the hash of failures, and which group of that name there is. */
  readonly keys: readonly [failures: string, incarnation: string]
  /** What the connection is called. */
  readonly name: string
}

/**
 * Compares the server with what a consumer asks of it, before the first entry. An eviction takes what others have written,
 * which is theirs to decide: it is only told.
 *
 * @returns what could not be seen, or is unwise, in sentences for the log
 * @throws SLUICE_REDIS_NOT_PERMITTED, SLUICE_REDIS_WRONG_TYPE, SLUICE_REDIS_CROSS_SLOT, what else `checkServers` throws,
 *   and what keeps the server from answering
 */
export async function checkGroup(
  connection: RedisConnection,
  { options, consumer, keys, name }: Checked,
): Promise<readonly string[]> {
  const { stream, group, deadLetters } = options
  const notes = await settingsNotes(connection, commandsOf(options, consumer, keys))
  if (deadLetters !== undefined)
    await checkLetters(connection, { stream, failures: keys[0], letters: deadLetters.stream })
  if (!(await hasNamesake(connection, name))) return notes
  const namesake = `somebody else is connected as the consumer "${consumer}" of the group "${group}" of "${stream}": two of one name are given what either has, so that entries come twice; give each a \`consumer\` of its own`
  return [...notes, namesake]
}

async function settingsNotes(
  connection: RedisConnection,
  commands: ReturnType<typeof commandsOf>,
): Promise<readonly string[]> {
  try {
    return await checkServers(connection, { durability: 'memory', commands })
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'SLUICE_REDIS_EVICTS') return [error.message]
    throw error
  }
}

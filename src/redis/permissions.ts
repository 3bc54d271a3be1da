import type { SluiceError } from '../core/errors.ts'
import type { RedisServer } from './connection.ts'
import { redisError } from './errors.ts'
import type { RedisArgument, RedisCommand, RedisOutcome } from './sender.ts'

/** What they name are channels, which have permissions of their own. */
const OF_CHANNELS: ReadonlySet<string> = new Set(['publish', 'subscribe', 'psubscribe'])

/**
 * Whether the user may run commands with these keys, without running them. Each is queued in a transaction that is then
 * discarded: a server looks for permission when it queues. Where the user may not do that, `ACL DRYRUN` (Redis 7.0) is
 * asked.
 *
 * @returns the refusal; a sentence where it could not be found out; undefined where all is permitted
 */
export async function permissionProblem(
  server: RedisServer,
  commands: readonly RedisCommand[],
): Promise<SluiceError | string | undefined> {
  if (commands.length === 0) return undefined
  // First alone: a transaction that can't be discarded would swallow all that comes.
  const [discarded] = await server.sendTogether([['discard']])
  if (discarded?.error?.code === 'SLUICE_REDIS_NOT_PERMITTED') return await dryRun(server, commands)
  const [begun, ...rest] = await server.sendTogether([['multi'], ...commands, ['discard']])
  return begun?.error === undefined ? firstRefusal(server, commands, rest) : await dryRun(server, commands)
}

/** Anything else that a server says to a command, such as that it is full, it says after having looked. */
function firstRefusal(
  server: RedisServer,
  commands: readonly RedisCommand[],
  outcomes: readonly RedisOutcome[],
): SluiceError | undefined {
  for (const [index, command] of commands.entries()) {
    const error = outcomes[index]?.error
    if (error?.code === 'SLUICE_REDIS_NOT_PERMITTED') return refusalOf(server, command, error)
    if (error?.code === 'SLUICE_REDIS_COMMAND_UNKNOWN') return error
  }
  return undefined
}

async function dryRun(
  server: RedisServer,
  commands: readonly RedisCommand[],
): Promise<SluiceError | string | undefined> {
  const [who] = await server.sendTogether([['acl', 'whoami']])
  const user = who?.error === undefined ? String(who?.reply) : undefined
  const outcomes =
    user === undefined ? [] : await server.sendTogether(commands.map((command) => ['acl', 'dryrun', user, ...command]))
  if (user === undefined || outcomes.some(({ error }) => error !== undefined)) {
    return `the user may run neither MULTI and DISCARD nor ACL DRYRUN at ${server.address}: its permissions can't be checked`
  }
  const refused = outcomes.findIndex(({ reply }) => reply !== 'OK')
  return refused === -1 ? undefined : refusalOf(server, commands[refused]!, outcomes[refused]!.reply)
}

/** What a server has refused, with what permits it; servers themselves don't name keys and channels. */
export function refusalOf(
  { address }: Pick<RedisServer, 'address'>,
  refused: RedisCommand,
  cause: unknown,
): SluiceError {
  const command = refused[0].toLowerCase()
  const key = keyOf(refused)
  const [what, rule] = OF_CHANNELS.has(command) ? ['channel', '&<channels>'] : ['key', '~<keys>']
  const where = key === undefined ? '' : ` with the ${what} "${String(key)}"`
  const message = `the user may not run ${command.toUpperCase()}${where} at ${address}: let it, with \`ACL SETUSER <user> +${command} ${rule}\``
  return redisError('SLUICE_REDIS_NOT_PERMITTED', message, cause)
}

/** The first key of a command; most have it right behind their name. */
function keyOf([name, ...args]: RedisCommand): RedisArgument | undefined {
  const pop = ['lmpop', 'blmpop'].indexOf(name.toLowerCase())
  if (pop >= 0) return args[pop + 1]
  const streams = args.indexOf('streams')
  return /^x(?:info|group)$/i.test(name) ? args[1] : args[streams + 1]
}

import type { Redis } from 'ioredis'
import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { SluiceError } from '../core/errors.ts'
import { makeClient, type Client, type Limits, type RedisProfile } from './client.ts'
import { addressOf, secretsOf, type RedisOptions } from './options.ts'
import { Progress, type RedisHealth } from './progress.ts'
import { isScriptUnknown, type RedisScript, type ReplicatedRun } from './script.ts'
import { Sender, type RedisArgument, type RedisCommand, type RedisOutcome, type RedisReply } from './sender.ts'

/** What a connection is lent. */
export interface RedisWorld {
  readonly env: Env
  readonly log: Log
  /** `store` by default. A command that waits in the server holds up all behind it: it needs a connection of its own. */
  readonly profile?: RedisProfile
  /** With `blocking`: longest time that a command may ask the server to wait, ms; 5,000 by default. */
  readonly longestBlockMs?: number
  /** By which others find it in CLIENT LIST: no spaces. */
  readonly name?: string
}

/** One server that takes writes. */
export interface RedisServer {
  readonly address: string
  send(command: RedisCommand): Promise<RedisReply>
  sendTogether(commands: readonly RedisCommand[]): Promise<RedisOutcome[]>
}

const LONGEST_BLOCK_MS = 5000
const LONGEST_CLOSE_MS = 1000

/**
 * A connection to Redis: to one server, to the master that Sentinels name, or to a cluster.
 *
 * It connects anew for as long as it is open, and never sends a command a second time. Each command ends: with its
 * answer, or with an error whose code says whether anything may have happened: after `commandTimeout` where there is a
 * connection, and as long again where one is waited for. Nobody is held back here: who sends without waiting for
 * answers fills the memory.
 */
export class RedisConnection {
  readonly #client: Client
  readonly #sender: Sender
  readonly #progress: Progress
  readonly #world: RedisWorld
  readonly #serverOptions: { readonly limits: Limits; readonly secrets: readonly string[] }
  /** Of a cluster, by address. */
  readonly #servers = new Map<Redis, Sender>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined
  #isLost = false

  private constructor(client: Client, options: RedisOptions, { world, limits }: { world: RedisWorld; limits: Limits }) {
    this.#client = client
    this.#world = world
    this.#serverOptions = { limits, secrets: secretsOf(options) }
    this.#progress = new Progress(world.env, limits.commandMs / 2)
    this.#sender = this.#senderOf(client, addressOf(options))
    client.on('close', this.#wasLost)
    client.on('ready', this.#isBack)
  }

  /**
   * Connects, once: whoever opens decides whether to try again, by `passes`. ioredis is loaded here and nowhere else.
   *
   * @throws SLUICE_REDIS_UNREACHABLE, SLUICE_REDIS_AUTH_REFUSED, SLUICE_REDIS_LOADING, SLUICE_REDIS_TLS_UNTRUSTED and
   *   whatever else a first command may meet
   */
  static async open(options: RedisOptions, world: RedisWorld): Promise<RedisConnection> {
    const blockMs = world.profile === 'blocking' ? (world.longestBlockMs ?? LONGEST_BLOCK_MS) : 0
    const limits = { connectMs: options.connectTimeout, commandMs: options.commandTimeout + blockMs, name: world.name }
    const connection = new RedisConnection(await makeClient(options, limits), options, { world, limits })
    try {
      await connection.#sender.ready('connect', options.connectTimeout + options.commandTimeout)
      await connection.#greet()
    } catch (error) {
      await connection.close()
      throw error
    }
    return connection
  }

  /** For people: no user, no password. */
  get address(): string {
    return this.#sender.address
  }

  /** The client itself, for a library that sends by it; that asks `ready` before, and tells `failure` what it meets. */
  get client(): Client {
    return this.#client
  }

  /** What a failure means that such a library met. */
  failure(error: unknown, action: string, wasSent: boolean): SluiceError {
    return this.#sender.failure(error, action, wasSent)
  }

  /** Resolves when there is a connection. @throws what keeps the next try from making one */
  ready(): Promise<void> {
    return this.#sender.ready()
  }

  /** Sends one command. @throws what `failures.ts` makes of its failure */
  send(...command: RedisCommand): Promise<RedisReply> {
    return this.#kept(this.#sender.send(command))
  }

  /** The same; strings of the answer come as bytes. */
  sendForBytes(...command: RedisCommand): Promise<RedisReply> {
    return this.#kept(this.#sender.send(command, { asBytes: true }))
  }

  /**
   * Sends commands in one go, which aren't a transaction: each succeeds or fails for itself.
   *
   * @throws where nothing was sent
   */
  sendTogether(commands: readonly RedisCommand[]): Promise<RedisOutcome[]> {
    return this.#kept(this.#sender.sendTogether(commands))
  }

  /** Runs a script in one step. A server that doesn't know it, as after a restart, is given it. */
  run(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<RedisReply> {
    return this.#kept(this.#run(script, [keys.length, ...keys, ...args]))
  }

  /**
   * Runs a script, and waits until a replica has what it wrote, as long as it is told to.
   *
   * @returns also how many replicas have it; it has run with none of them, too
   */
  runReplicated(
    script: RedisScript,
    { keys, args, withinMs }: ReplicatedRun,
  ): Promise<{ readonly reply: RedisReply; readonly replicas: number }> {
    return this.#kept(this.#runReplicated(script, [keys.length, ...keys, ...args], withinMs))
  }

  async #runReplicated({ sha, lua }: RedisScript, rest: readonly RedisArgument[], withinMs: number) {
    // In one go: alone a WAIT, which has no key, would go to any server of a cluster.
    const wait = ['wait', 1, Math.max(1, Math.floor(withinMs))] as const
    let [run, waited] = await this.#sender.sendTogether([['evalsha', sha, ...rest], wait])
    if (isScriptUnknown(run?.error)) [run, waited] = await this.#sender.sendTogether([['eval', lua, ...rest], wait])
    const error = run?.error ?? waited?.error
    if (error !== undefined) throw error
    return { reply: run?.reply ?? null, replicas: Number(waited?.reply) }
  }

  async #run({ sha, lua, name: action }: RedisScript, rest: readonly RedisArgument[]): Promise<RedisReply> {
    try {
      return await this.#sender.send(['evalsha', sha, ...rest], { action })
    } catch (error) {
      if (!isScriptUnknown(error)) throw error
      return await this.#sender.send(['eval', lua, ...rest], { action })
    }
  }

  /** Hears a channel from then on, also after the connection was made anew. It can do nothing else then but PING. */
  async subscribe(channel: string, heard: (text: string) => void): Promise<void> {
    const listener = (from: string, text: string): unknown => from === channel && heard(text)
    this.#client.on('message', listener)
    await this.#kept(this.#sender.send(['subscribe', channel])).catch((error: unknown) => {
      this.#client.off('message', listener) // Whoever tries again brings another one.
      throw error
    })
  }

  /** Whether commands are answered, which "connected" doesn't say. A connection that nobody uses is well: send a PING. */
  health(): RedisHealth {
    return this.#progress.health()
  }

  /** Each server that takes writes: the one there is, or every master of a cluster. */
  servers(): readonly RedisServer[] {
    if (!('nodes' in this.#client)) return [this.#sender]
    const masters = this.#client.nodes('master')
    for (const node of this.#servers.keys()) if (!masters.includes(node)) this.#servers.delete(node)
    return masters.map((node) => this.#serverAt(node))
  }

  #serverAt(node: Redis): RedisServer {
    const known = this.#servers.get(node)
    if (known !== undefined) return known
    const { host, port } = node.options
    const sender = this.#senderOf(node, `${host}:${port}`, true)
    this.#servers.set(node, sender)
    return sender
  }

  /** Waits for the answers under way, unless they may take as long as a blocking command does, then disconnects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#world.profile !== 'blocking') await Promise.allSettled(this.#underWay)
    this.#client.off('close', this.#wasLost)
    for (const sender of [this.#sender, ...this.#servers.values()]) sender.close()
    await this.#disconnected()
  }

  /** The client tells of its end only where there was a connection to end, and takes its time if the peer is frozen. */
  #disconnected(): Promise<void> {
    const client = this.#client
    return new Promise((resolve) => {
      const ended = (): void => {
        late.cancel()
        resolve()
      }
      const late = this.#world.env.after(LONGEST_CLOSE_MS, ended)
      const isConnected = client.status === 'ready' || client.status === 'connect'
      if (isConnected) client.once('end', ended)
      client.disconnect()
      if (!isConnected) ended()
    })
  }

  /** The server must be willing, not only there: while it loads, it takes connections. */
  async #greet(): Promise<void> {
    try {
      await this.#sender.send(['ping'])
    } catch (error) {
      // Whoever may not ask has been answered.
      if (!(error instanceof SluiceError) || error.code !== 'SLUICE_REDIS_NOT_PERMITTED') throw error
    }
  }

  #senderOf(client: Client, address: string, isPart = false): Sender {
    const { env } = this.#world
    return new Sender(client, { env, address, isPart, progress: this.#progress, ...this.#serverOptions })
  }

  #kept<T>(sent: Promise<T>): Promise<T> {
    const ended = sent.finally(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
    return ended
  }

  readonly #wasLost = (): void => {
    if (this.#isLost) return
    this.#isLost = true
    const { message } = this.#sender.failure(new Error('Connection is closed.'), 'the connection')
    this.#world.log.warn(message)
  }

  readonly #isBack = (): void => {
    if (this.#isLost) this.#world.log.info(`connected to Redis at ${this.address} again`)
    this.#isLost = false
  }
}

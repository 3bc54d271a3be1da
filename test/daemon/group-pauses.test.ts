import { expect, onTestFinished, test } from 'vitest'
import type { Group, GroupSpec, GroupWorld } from '../../src/core/group.ts'
import { start } from '../../src/daemon/start.ts'
import { until } from '../support/pipeline.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

/** A group whose members are in this process, and which delivers when it is told to. */
class LocalGroup {
  readonly worlds: GroupWorld[] = []
  refusal: Error | undefined
  left = 0
  isStuck = false

  readonly spec: GroupSpec = {
    name: 'local',
    join: (world) => {
      if (this.refusal !== undefined) return Promise.reject(this.refusal)
      this.worlds.push(world)
      return Promise.resolve(this.#member(`daemon-${this.worlds.length}`))
    },
  }

  #member(name: string): Group {
    return {
      name: 'local',
      member: name,
      stats: { received: 0, failed: 0, gaps: 0 },
      members: () => Promise.resolve(this.worlds.map((_, at) => ({ name: `daemon-${at + 1}`, isSelf: false }))),
      broadcast: async (data) => {
        if (this.refusal !== undefined) throw this.refusal
        await this.say(data)
      },
      leave: async () => {
        this.left++
        if (this.isStuck) await new Promise(() => {})
      },
    }
  }

  /** As a message of some member. */
  async say(data: unknown): Promise<void> {
    for (const { onMessage } of this.worlds) await onMessage(data, { from: 'daemon-1', id: '1-0' })
  }
}

async function daemon(group?: LocalGroup) {
  const log = collectingLog()
  const spec = { ...pipeline({ isEndless: true, data: [] }), ...(group === undefined ? {} : { group: group.spec }) }
  const running = await start(spec, { log, admin: { port: 0 } })
  onTestFinished(() => running.stop().then(() => undefined))
  const ask = (path: string) => fetch(`${running.adminUrl}/api/pipelines/${path}`, { method: 'POST' })
  const paused = (): readonly string[] => running.statuses[0]!.paused
  return { running, log, ask, paused }
}

test('what one daemon is asked for all, each of its group does', async () => {
  const group = new LocalGroup()
  const [first, second] = [await daemon(group), await daemon(group)]
  await until(() => group.worlds.length === 2, 'both to join')
  const told = ['daemon-1', 'daemon-2']
  expect(await first.running.pause('small', undefined, { all: true })).toEqual({ paused: ['numbers'], told })
  expect(second.paused()).toEqual(['numbers'])
  const answer = await second.ask('small/pause?node=sink&all=true')
  expect(await answer.json()).toEqual({ pipeline: 'small', paused: ['numbers', 'sink'], told })
  expect(first.paused()).toEqual(['numbers', 'sink'])
  expect(await second.running.resume('small', 'sink', { all: true })).toEqual({ paused: ['numbers'], told })
  expect(await (await first.ask('small/resume?all=true')).json()).toEqual({ pipeline: 'small', paused: [], told })
  expect([first.paused(), second.paused()]).toEqual([[], []])
})

test('without `all` one daemon acts alone, also where it is in a group', async () => {
  const group = new LocalGroup()
  const [first, second] = [await daemon(group), await daemon(group)]
  expect(await (await first.ask('small/pause?all=false')).json()).toEqual({ pipeline: 'small', paused: ['numbers'] })
  expect(second.paused()).toEqual([])
})

test('a pipeline without a group says so, and pauses nothing', async () => {
  const { ask, running, paused } = await daemon()
  const response = await ask('small/pause?all=true')
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({
    code: 'SLUICE_ADMIN_NO_GROUP',
    hint: expect.stringContaining('group: {'),
  })
  await expect(running.pause('small', undefined, { all: true })).rejects.toMatchObject({
    code: 'SLUICE_ADMIN_NO_GROUP',
  })
  expect(paused()).toEqual([])
})

test.each([
  ['other/pause?all=true', 404, 'SLUICE_ADMIN_NO_PIPELINE'],
  ['small/pause?all=true&node=sinc', 404, 'SLUICE_ADMIN_NO_NODE'],
  ['small/pause?all=yes', 400, 'SLUICE_ADMIN_QUERY_INVALID'],
])('%s is refused before anybody is told', async (path, status, code) => {
  const group = new LocalGroup()
  const { ask, paused } = await daemon(group)
  await until(() => group.worlds.length === 1, 'it to join')
  const response = await ask(path)
  expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })])
  expect(paused()).toEqual([])
})

test('a group that can not be joined is told, keeps nothing from running, and is joined later', async () => {
  const group = new LocalGroup()
  group.refusal = new Error('out of reach')
  const { ask, log, running, paused } = await daemon(group)
  const response = await ask('small/pause?all=true')
  expect([response.status, await response.json()]).toEqual([
    503,
    expect.objectContaining({ code: 'SLUICE_ADMIN_GROUP_FAILED', message: expect.stringContaining('"local" yet') }),
  ])
  expect(running.statuses[0]!.state).toBe('running')
  expect(log.lines.map(({ message }) => message)).toContain(
    `can't join the group "local": out of reach; it is tried again`,
  )
  group.refusal = undefined
  await until(() => group.worlds.length === 1, 'it to join')
  await group.say({ pipeline: 'small', action: 'pause', request: 'of another one' })
  expect(paused()).toEqual(['numbers'])
})

test('a broadcast that fails is told', async () => {
  const group = new LocalGroup()
  const { running, log } = await daemon(group)
  await until(() => log.lines.some(({ message }) => message === 'has joined its group'), 'it to join')
  group.refusal = new Error('the memory is full')
  await expect(running.pause('small', undefined, { all: true })).rejects.toMatchObject({
    code: 'SLUICE_ADMIN_GROUP_FAILED',
    message: 'the daemons of small could not be told: the memory is full',
  })
})

test('what is not of a daemon, or for a node that is not here, is passed over and told', async () => {
  const group = new LocalGroup()
  const { log, paused } = await daemon(group)
  await until(() => group.worlds.length === 1, 'it to join')
  await group.say('hello')
  await group.say({ pipeline: 'small', action: 'pause', node: 'elsewhere', request: 'x' })
  await group.say({ pipeline: 'small', action: 'pause', node: 'sink', request: 'y' })
  expect(paused()).toEqual(['sink'])
  const told = log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
  expect(told).toEqual([
    'a message of the group is not of a daemon, and is passed over',
    expect.stringContaining('has no node "elsewhere"'),
  ])
})

test('a group is left when the daemon stops', async () => {
  const group = new LocalGroup()
  const { running, log } = await daemon(group)
  await until(() => log.lines.some(({ message }) => message === 'has joined its group'), 'it to join')
  await running.stop()
  expect(group.left).toBe(1)
})

test('a group that can not be left holds up no daemon that stops', async () => {
  const group = new LocalGroup()
  group.isStuck = true
  const { running, log } = await daemon(group)
  await until(() => log.lines.some(({ message }) => message === 'has joined its group'), 'it to join')
  expect(await running.stop()).toMatchObject([{ outcome: 'stopped' }])
})

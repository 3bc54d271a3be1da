import { expect, test } from 'vitest'
import { TestRedis } from '../support/redis-server.ts'
import { file, folder, Sluice, sluice, until } from './sluice.ts'

/** A pipeline that always has something to do, in a group. */
const PIPELINE = `
pipeline: ticking
group:
  member: \${MEMBER}
  redis: { url: "\${REDIS}", commandTimeout: 300ms }
producers:
  ingress:
    http: { port: 0 }
consumers:
  ledger:
    from: ingress
    discard: {}
`

async function daemon(member: string, redis: string, path: string) {
  const env = { MEMBER: member, REDIS: redis, SLUICE_DATA_DIR: folder() }
  const process = new Sluice(['run', path, '--admin-port', '0'], { env })
  const { health } = await process.isRunning()
  const { port, origin } = new URL(health as string)
  const isReady = async (): Promise<boolean> => (await fetch(`${origin}/ready`)).status === 200
  const joined = (): Promise<unknown> => process.logged(({ msg }) => msg === 'has joined its group', 'that it joined')
  return { process, port, isReady, joined }
}

test('two daemons of one pipeline: pause --all and resume --all act on both, whichever is asked', async () => {
  const redis = await TestRedis.start()
  const { url } = redis
  const path = file(PIPELINE)
  const first = await daemon('web-1', url, path)
  const second = await daemon('web-2', url, path)
  await Promise.all([first.joined(), second.joined()])

  const paused = await sluice(['pause', 'ticking', '--all', '--admin', first.port])
  expect([paused.stdout, paused.stderr, paused.exitCode]).toEqual(['paused: ingress\ntold: web-1, web-2\n', '', 0])
  for (const one of [first, second]) {
    await until(
      async () => !(await one.isReady()),
      () => `a pause:\n${one.process.stderr}`,
    )
  }
  const resumed = await sluice(['resume', 'ticking', '--all', '--admin', second.port])
  expect(resumed.stdout).toBe('nothing of ticking is paused\ntold: web-1, web-2\n')
  for (const one of [first, second]) {
    await until(one.isReady, () => `an end of the pause:\n${one.process.stderr}`)
  }
  // One is killed, and comes back: it hears what was said meanwhile.
  await second.process.kill()
  // As if the time had passed after which nobody waits for it any more.
  await redis.cli('zadd', 'sluice:{ticking}:group-members', 1 + Date.now(), 'web-2')
  await sluice(['pause', 'ticking', '--all', '--admin', first.port])
  const again = await daemon('web-2', url, path)
  await until(
    async () => !(await again.isReady()),
    () => `a pause:\n${again.process.stderr}`,
  )
  for (const { process } of [first, again]) process.send('SIGTERM')
  for (const { process } of [first, again]) expect((await process.ended).exitCode).toBe(0)
})

test('Redis is away: the pipeline runs, and who asks for all is told', async () => {
  const redis = await TestRedis.start()
  await redis.kill()
  const one = await daemon('web-1', redis.url, file(PIPELINE))
  expect(await one.isReady()).toBe(true)
  const refused = await sluice(['pause', 'ticking', '--all', '--admin', one.port])
  expect([refused.exitCode, refused.stderr]).toEqual([69, expect.stringContaining('is not in its group "ticking" yet')])
  await one.process.logged(({ msg }) => msg.startsWith('can\'t join the group "ticking"'), 'what it waits for')
  await redis.restart()
  await one.joined()
  one.process.send('SIGTERM')
  expect((await one.process.ended).exitCode).toBe(0)
})

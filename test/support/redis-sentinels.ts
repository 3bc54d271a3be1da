import { until } from '../e2e/process.ts'
import { freePort, TestRedis, type Settings } from './redis-server.ts'

/** A master, its replica, and Sentinels that watch them as `orders`. All end with the test. */
export async function startWatched(
  count: number,
  given: Settings = {},
): Promise<{ servers: TestRedis[]; sentinels: TestRedis[] }> {
  const master = await TestRedis.start({ ...given, 'repl-diskless-sync-delay': 0 })
  const replica = await TestRedis.start({
    ...given,
    replicaof: `127.0.0.1 ${master.port}`,
    'repl-diskless-sync-delay': 0,
  })
  await until(
    async () => (await replica.info('master_link_status')) === 'up',
    () => 'the replica to follow',
  )
  const watch = `monitor orders 127.0.0.1 ${master.port} ${count}\ndown-after-milliseconds orders 500\nfailover-timeout orders 3000`
  const lines = watch.split('\n').map((line) => line.slice(line.indexOf(' ') + 1))
  const settings = {
    'sentinel monitor': lines[0]!,
    'sentinel down-after-milliseconds': lines[1]!,
    'sentinel failover-timeout': lines[2]!,
  }
  const sentinels: TestRedis[] = []
  for (let number = 0; number < count; number++) {
    sentinels.push(await TestRedis.start({ ...settings, port: await freePort() }, { isSentinel: true }))
  }
  for (const sentinel of sentinels) {
    await until(
      async () =>
        /num-slaves\n1\n[^]*num-other-sentinels\n(\d+)/.exec(
          await sentinel.cli('sentinel', 'master', 'orders'),
        )?.[1] === String(count - 1),
      () => 'the Sentinels to know each other and the replica',
    )
  }
  return { servers: [master, replica], sentinels }
}

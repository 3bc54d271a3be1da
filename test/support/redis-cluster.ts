import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { until } from '../e2e/process.ts'
import { freePort, TestRedis } from './redis-server.ts'

const run = promisify(execFile)

/** A cluster of three masters, with a replica each where it is asked for. All end with the test. */
export async function startCluster(replicas: 0 | 1 = 0): Promise<TestRedis[]> {
  const nodes: TestRedis[] = []
  for (let count = 0; count < 3 * (1 + replicas); count++) {
    const settings = { 'cluster-enabled': 'yes', 'cluster-node-timeout': 1000, 'cluster-port': await freePort() }
    nodes.push(
      await TestRedis.start({ ...settings, 'cluster-replica-validity-factor': 0, 'repl-diskless-sync-delay': 0 }),
    )
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', String(replicas), '--cluster-yes'])
  for (const node of nodes) {
    await until(
      async () => /cluster_state:ok[^]*cluster_known_nodes:[36]/.test(await node.cli('cluster', 'info')),
      () => 'the cluster to be whole',
    )
  }
  return nodes
}

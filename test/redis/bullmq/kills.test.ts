import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { expectEach, pipelineAt, reaches, testQueue } from './queues.ts'

const DAEMON = fileURLToPath(new URL('./daemon.ts', import.meta.url))
/** Ten processes are started, on a machine that is busy with other tests. */
const PATIENCE_MS = 300_000

describe('a daemon that is killed', () => {
  test(
    'ten times: no job is lost, what it held comes again, and what is twice was under way',
    { timeout: PATIENCE_MS },
    async () => {
      const jobs = await testQueue()
      await jobs.fill(1000)
      const seen: number[] = []
      for (let kills = 0; kills < 10; kills++) {
        const daemon = spawn(process.execPath, ['node_modules/.bin/jiti', DAEMON, String(jobs.server.port)])
        let text = ''
        daemon.stdout.setEncoding('utf8').on('data', (more: string) => (text += more))
        await until(
          () => text.split('\n').length > 30 + 5 * kills,
          () => `a daemon that handles jobs: ${text.slice(-100)}`,
        )
        daemon.kill('SIGKILL')
        await once(daemon, 'close')
        seen.push(...text.split('\n').slice(0, -1).map(Number))
      }
      const options = { lockDuration: '1s', stalledInterval: '1s', maxStalledCount: 20 }
      await pipelineAt(jobs.server, ({ n }) => void seen.push(n), { options })
      await reaches(jobs, { completed: 1000, failed: 0, active: 0 })
      expectEach([...new Set(seen)], 1000)
      expect(seen.length - 1000).toBeLessThanOrEqual(10 * 20)
    },
  )
})

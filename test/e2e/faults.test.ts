import { describe, expect, test } from 'vitest'
import { Jobs, type RunningJobs } from './jobs.ts'
import { logLines, until, type Ended } from './sluice.ts'

/** What the log says of the drain. */
function drainOf({ stderr }: Ended) {
  return logLines(stderr).find(({ drain }) => drain !== undefined)
}

/** A job that has become a dead letter. */
async function withLetter(
  jobs: Jobs,
  stopTimeout = '500ms',
): Promise<{ readonly running: RunningJobs; readonly id: string }> {
  jobs.define({ settings: '{}', stopTimeout })
  jobs.become('bad')
  const running = await jobs.run()
  expect((await running.send('j-1')).status).toBe(422)
  const [id] = await running.ids()
  return { running, id: id! }
}

describe('SIGTERM', () => {
  test('while a message waits to be tried again: its sender is told, the report names the node, 1; no dead letter', async () => {
    const jobs = new Jobs()
    jobs.become('bad')
    const running = await jobs.run()
    const sent = running.send('j-1')
    await until(
      () => jobs.calls.length === 1,
      () => 'the first attempt',
    )
    const ended = await running.stop()
    expect([ended.exitCode, (await sent).status]).toEqual([1, 503])
    expect(drainOf(ended)).toMatchObject({
      drain: { hasPassedDeadline: true, acked: 0, failed: 1 },
      left: [{ node: 'place', messages: 1 }],
    })
    expect(await jobs.left()).toEqual([])
  })

  test('while the place is down: the same, and an outage leaves no dead letter', async () => {
    const jobs = new Jobs()
    jobs.become('down')
    const running = await jobs.run()
    const sent = [running.send('j-1'), running.send('j-2')]
    await running.becomes(({ circuits, unacked }) => circuits.length > 0 && unacked === 2, 'an open circuit')
    const ended = await running.stop()
    const statuses = (await Promise.all(sent)).map(({ status }) => status)
    expect([ended.exitCode, statuses]).toEqual([1, [503, 503]])
    expect(drainOf(ended)).toMatchObject({ drain: { hasPassedDeadline: true, failed: 2 } })
    expect(ended.stderr).toContain("the place behind place doesn't work, so that it asks for nothing: nobody listens")
    expect(await jobs.left()).toEqual([])
  })

  test('while the place is down, which works again within the deadline: all is delivered, 0', async () => {
    const jobs = new Jobs({
      settings: "{ retry: { attempts: 2, backoff: { initial: '10ms', max: '20ms' } } }",
      stopTimeout: '25s',
    })
    jobs.become('down')
    const running = await jobs.run()
    const sent = running.send('j-1')
    await running.becomes(({ circuits }) => circuits.length > 0, 'an open circuit')
    const ended = running.stop()
    await running.process.logged(({ msg }) => msg.startsWith('SIGTERM: finishing'), 'the answer to the signal')
    jobs.become('works')
    expect([(await ended).exitCode, (await sent).status]).toEqual([0, 200])
    expect(jobs.done).toEqual(['j-1'])
    expect((await ended).stderr).toContain('the place behind place works again after')
  })

  test.each([
    ['that hangs: the letter stays', 'hangs', 1],
    ['that goes through within the deadline: the letter is gone', 'works', 0],
  ] as const)('during a dead-letters retry %s', async (_, end, exitCode) => {
    const jobs = new Jobs()
    const { running, id } = await withLetter(jobs, end === 'hangs' ? '500ms' : '25s')
    jobs.become('hangs')
    const retried = running.letters('retry', id)
    await until(
      () => jobs.calls.length === 2,
      () => 'the retry',
    )
    const ended = running.stop()
    await running.process.logged(({ msg }) => msg.startsWith('SIGTERM: finishing'), 'the answer to the signal')
    jobs.become(end)
    expect((await ended).exitCode, (await ended).stderr).toBe(exitCode)
    await retried
    expect(await jobs.left()).toEqual(end === 'hangs' ? [id] : [])
    expect(jobs.done).toEqual(end === 'hangs' ? [] : ['j-1'])
  })
})

test('SIGKILL in the middle of a dead-letters retry: the command says so, the letter is there, and is delivered once', async () => {
  const jobs = new Jobs()
  const { running, id } = await withLetter(jobs)
  jobs.become('hangs')
  const retried = running.letters('retry', id)
  await until(
    () => jobs.calls.length === 2,
    () => 'the retry',
  )
  expect((await running.letters('retry', id)).stdout).toContain('1 skipped: they are being retried already')
  await running.process.kill()
  const told = await retried
  expect([told.exitCode, told.stderr]).toEqual([69, expect.stringContaining('the daemon')])
  jobs.become('works')
  const again = await jobs.run()
  expect(await again.ids()).toEqual([id])
  expect((await again.letters('retry', id)).stdout).toBe('1 delivered\n')
  expect([jobs.done, await again.ids()]).toEqual([['j-1'], []])
  await again.process.kill()
  expect(await jobs.left()).toEqual([])
})

test('a letter of a node that is not in the config any more stays, and it is said what can be done', async () => {
  const jobs = new Jobs()
  const { running, id } = await withLetter(jobs)
  await running.stop()
  jobs.define({ node: 'other' })
  jobs.become('works')
  const again = await jobs.run()
  const { exitCode, stdout } = await again.letters('retry', '--all')
  expect([exitCode, stdout]).toEqual([
    65,
    '1 left as they were\n  place: the pipeline has no node of this name any more: export its letters, and send them again\n',
  ])
  expect((await again.stop()).exitCode).toBe(0)
  expect(await jobs.left()).toEqual([id])
})

describe('a store of dead letters', () => {
  test('that is full keeps messages unacked and says so; what is purged makes room, and their senders are answered', async () => {
    const jobs = new Jobs({ settings: '{}' })
    jobs.become('bad')
    const running = await jobs.run()
    const sent = Array.from({ length: 12 }, (_, index) => running.send(`j-${index}`, 'x'.repeat(90_000)))
    await running.becomes(({ troubles, lettersPending }) => troubles.length > 0 && lettersPending < 8, 'a full store')
    const { troubles, lettersPending } = await running.health()
    expect(troubles).toMatchObject([{ kind: 'outage', node: 'dead-letters' }])
    expect(troubles[0]!.message).toMatch(/^stores no dead letters: there are \d+ letters in .*\(retry or purge letters/)
    expect(troubles[0]!.message).toContain(`place ${lettersPending}`)
    const purged = await running.letters('purge', '--yes')
    expect(purged.stdout).toBe(`${12 - lettersPending} letters removed\n`)
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(12).fill(422))
    expect(await running.ids()).toHaveLength(lettersPending)
    expect((await running.stop()).exitCode).toBe(0)
  })

  test('that cannot be written to keeps the message unacked and says so; its sender is told to send it again', async () => {
    const jobs = new Jobs({ settings: '{}' })
    jobs.become('bad')
    const running = await jobs.run(64)
    const sent = running.send('j-1', 'x'.repeat(90_000))
    await running.becomes(({ troubles }) => troubles.length > 0, 'a store that cannot be written to')
    const { troubles } = await running.health()
    expect(troubles).toMatchObject([{ kind: 'outage', node: 'dead-letters' }])
    expect(troubles[0]!.message).toMatch(
      /^stores no dead letters: cannot write to .*EFBIG.*stays unacked until then: place 1/,
    )
    const ended = await running.stop()
    expect([ended.exitCode, (await sent).status]).toEqual([1, 503])
    expect(await jobs.left()).toEqual([])
  })
})

import { afterEach, describe, expect, test } from 'vitest'
import { gate } from '../support/ends.ts'
import { NDJSON, start, stopAll, type Door } from '../support/http-door.ts'
import { until } from '../support/pipeline.ts'

afterEach(stopAll)

/** A door whose pipeline is held up with `count` of at most `most` messages. */
async function filled(count: number, most: number): Promise<Door & { open: () => void; filling: Promise<unknown> }> {
  const output = gate()
  const door = await start({ settings: { maxUnacked: { parts: most } }, output })
  const filling = door.post(Array(count).fill(0))
  await until(() => output.values.length > 0, 'the first message arrives')
  return { ...door, open: output.open, filling }
}

/** A list of `count` values that takes about 100 KiB. */
const longList = (count: number): string => JSON.stringify(Array(count).fill('x'.repeat(Math.ceil(102_400 / count))))
const FULL = { status: 503, body: { code: 'SLUICE_HTTP_QUEUE_FULL' } }

describe('http: overload', () => {
  test('without any room a body is refused before it is looked at', async () => {
    const { post, open, filling } = await filled(10, 10)
    expect(await post('not JSON')).toMatchObject(FULL)
    open()
    await filling
    expect(await post('not JSON')).toMatchObject({ status: 400 })
  })

  test('a long list for which there is too little room is refused before it is parsed', async () => {
    const { post, open, filling } = await filled(5, 10)
    const list = longList(8)
    expect(await post(`${list.slice(0, -1)}!`)).toMatchObject(FULL)
    expect(await post('1\n2\n3\n4\n5\n!', NDJSON)).toMatchObject(FULL)
    open()
    await filling
    expect(await post(`${list.slice(0, -1)}!`)).toMatchObject({ status: 400 })
    expect(await post(list)).toMatchObject({ status: 200, body: { accepted: 8 } })
  })

  test('what is refused again and again is let in once there is room', async () => {
    const { post, open, filling } = await filled(5, 10)
    const list = longList(8)
    for (let attempt = 0; attempt < 3; attempt++) expect(await post(list)).toMatchObject(FULL)
    open()
    await filling
    expect(await post(list)).toMatchObject({ status: 200, body: { accepted: 8 } })
  })

  test('a small body is let in beside a large one that is refused', async () => {
    const { post, open, filling, output } = await filled(5, 10)
    expect(await post(longList(8))).toMatchObject(FULL)
    const small = post([1, 2])
    open()
    expect(await small).toMatchObject({ status: 200, body: { accepted: 2 } })
    await filling
    expect(output.values).toHaveLength(7)
  })
})

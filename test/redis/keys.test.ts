import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { keysOf } from '../../src/redis/keys.ts'

/** What a cluster looks at, as its specification has it. */
function hashed(key: string): string {
  const open = key.indexOf('{')
  const close = key.indexOf('}', open + 1)
  return open === -1 || close <= open + 1 ? key : key.slice(open + 1, close)
}

describe('keys', () => {
  test('are named after pipeline and node', () => {
    expect(keysOf({ pipeline: 'orders', node: 'ledger' })).toEqual({
      frames: 'sluice:{orders/ledger}:frames',
      lease: 'sluice:{orders/ledger}:lease',
      epoch: 'sluice:{orders/ledger}:epoch',
      commit: 'sluice:{orders/ledger}:commit',
    })
    expect(keysOf({ prefix: 'staging', pipeline: 'a', node: 'b', partition: 3 }).frames).toBe('staging:{a/b/3}:frames')
  })

  test('braces and slashes in names make no other hash tag', () => {
    expect(keysOf({ prefix: '{x}', pipeline: 'a}b', node: 'c/d é' }).lease).toBe('%7Bx%7D:{a%7Db/c%2Fd%20%C3%A9}:lease')
  })

  const name = fc.string({ unit: 'binary', maxLength: 20 })

  property.prop([fc.record({ prefix: name, pipeline: name, node: name, partition: name })])(
    'all keys of a partition are in one slot (property)',
    (place) => {
      const keys = Object.values(keysOf(place))
      expect(new Set(keys.map(hashed)).size).toBe(1)
      expect(new Set(keys).size).toBe(4)
    },
  )

  property.prop([fc.tuple(name, name), fc.tuple(name, name)])(
    'other names make other keys (property)',
    (one, other) => {
      const [first, second] = [one, other].map(([pipeline, node]) => keysOf({ pipeline, node }).frames)
      expect(first === second).toBe(one[0] === other[0] && one[1] === other[1])
    },
  )
})

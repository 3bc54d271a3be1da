import fc from 'fast-check'

/** JSON values whose numbers can be kept exactly, so that none is refused for its numbers. */
export function exactJsonValue(constraints?: fc.JsonSharedConstraints): fc.Arbitrary<unknown> {
  const exact = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? 0 : value
  return fc.jsonValue(constraints).map((value) => JSON.parse(JSON.stringify(value, exact)) as unknown)
}

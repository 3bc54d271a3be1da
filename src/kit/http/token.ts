import { createHash, timingSafeEqual } from 'node:crypto'

const BEARER = /^Bearer +(\S+) *$/i

/** Makes a check of an Authorization header against a token; how long it takes says nothing of the token. */
export function tokenCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token)
  return (authorization = '') => timingSafeEqual(expected, digest(BEARER.exec(authorization)?.[1] ?? ''))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

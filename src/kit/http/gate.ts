import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { checkedLength } from './body.ts'
import { formatOf, type ContentFormat } from './content.ts'
import { timeoutReader, type deadlineOption } from './deadline.ts'
import { checkHead, idempotencyKeyOf } from './headers.ts'
import { refusal } from './refusal.ts'
import { tokenCheck } from './token.ts'

interface GateSettings {
  readonly path: string
  readonly token?: string | undefined
  readonly maxBody: number
  readonly deadline?: z.output<typeof deadlineOption>
}

/** What a request that may send its body says of it; `length` is 0 where it doesn't say. */
export interface Announced {
  readonly format: ContentFormat
  readonly length: number
  /** How long its sender waits, where it says so. */
  readonly timeoutMs: number | undefined
}

/** Makes the check of what can be said of a request before its body comes; it throws what is answered. */
export function gate({ path, token, maxBody, deadline }: GateSettings): (request: IncomingMessage) => Announced {
  const isAllowed = token === undefined ? () => true : tokenCheck(token)
  const timeoutIn = timeoutReader(deadline)
  return (request) => {
    const { headers, method, url = '' } = request
    checkHead(request)
    if (!isAllowed(headers.authorization)) throw refusal('SLUICE_HTTP_TOKEN_INVALID')
    if (url !== path && pathOf(url) !== path) throw refusal('SLUICE_HTTP_PATH_UNKNOWN')
    if (method !== 'POST') throw refusal('SLUICE_HTTP_METHOD_NOT_ALLOWED')
    const format = formatOf(headers)
    idempotencyKeyOf(headers)
    return { format, length: checkedLength(request, maxBody), timeoutMs: timeoutIn(headers) }
  }
}

/** Without the query; without the authority where a request is written as to a proxy (RFC 9112, 3.2.2). */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0]!
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '') || '/'
}

import { hashTagOf } from './hash-tag.ts'

/**
 * A key of ours for what is kept beside a stream, such as `{orders}:sluice:workers:failed`. In a cluster it is at the same
 * server as the stream, so that one script reaches both: what stands in braces is all that a cluster looks at, and a key
 * without braces is looked at whole.
 */
export function keyBeside(stream: string, ...names: readonly string[]): string {
  return [hashTagOf(stream) !== undefined || stream.includes('}') ? stream : `{${stream}}`, 'sluice', ...names].join(
    ':',
  )
}

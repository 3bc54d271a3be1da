import type { WorkerContext } from '../core/component.ts'
import type { Message } from '../core/message.ts'

/**
 * The text of messages, a line each; of a batch a line per part. What can't be written is failed and left out, a part
 * of a batch by itself.
 *
 * @param lineOf the line of a value with its end; throws where there is none.
 */
export function linesOf(
  messages: readonly Message<never>[],
  lineOf: (value: unknown) => string,
  fail: WorkerContext['fail'],
): string {
  let text = ''
  for (const message of messages as readonly Message[]) {
    const { data } = message
    if (message.parts !== undefined && Array.isArray(data)) {
      text += partLines(message as Message<unknown[]>, lineOf, fail)
      continue
    }
    try {
      text += lineOf(data)
    } catch (error) {
      fail(message, error)
    }
  }
  return text
}

function partLines(
  message: Message<unknown[]>,
  lineOf: (value: unknown) => string,
  fail: WorkerContext['fail'],
): string {
  const { data, parts } = message
  let text = ''
  for (let index = 0; index < data.length; index++) {
    try {
      text += lineOf(data[index])
    } catch (error) {
      // Where a stage has changed how many there are, an element is no part any more.
      if (data.length === parts!.length) fail(message, error, index)
      else {
        fail(message, error)
        return ''
      }
    }
  }
  return text
}

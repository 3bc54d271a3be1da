import { kinOf, Message, shellOf, VOID } from './message.ts'

/**
 * The same message as another object, for the next call: a handler that has been given up on still has the old one, and
 * what it does to that by verbs must not count for the new call (D13). Its outcome goes to the old one, as that of a shell.
 */
export function renewed(message: Message): Message {
  const { parent, position, data, key, envelope, kin, sizeBytes } = message
  if (parent === undefined || position !== '') {
    kinOf(message).open++
    return shellOf(message)
  }
  const shell = new Message(data, key, position, envelope, sizeBytes)
  shell.parent = parent
  shell.kin = kin
  message.stamp = VOID
  return shell
}

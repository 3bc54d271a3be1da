import type { Message } from '../../core/message.ts'

/** Makes data unchangeable as deep as it goes: lists and plain objects; what is of a class is its own affair. */
function deepFreeze(value: unknown): void {
  if (!isPlain(value) || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
}

/** A message's data and headers; the message itself belongs to the kernel, which writes to it. */
export function freezeMessage(message: Message): void {
  deepFreeze(message.data)
  Object.freeze(message.headers)
}

/** The same value in objects of its own, as deep as `deepFreeze` goes. */
export function deepCopy<T>(value: T): T {
  if (!isPlain(value)) return value
  if (Array.isArray(value)) return value.map((inner) => deepCopy<unknown>(inner)) as T
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, deepCopy(inner)])) as T
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

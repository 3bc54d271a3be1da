/** What alone decides about the slot of a key in a cluster: what stands between its first `{` and the next `}`, if anything. */
export function hashTagOf(key: string): string | undefined {
  return /^[^{]*\{([^}]+)\}/.exec(key)?.[1]
}

import type { Node } from './node.ts'
import type { Commits } from './overflow-commits.ts'
import type { OverflowPlan } from './overflow-plan.ts'
import type { StoredMessage, StoredRange } from './overflow-store.ts'

/** What is too old is dropped, as the policy says. @returns the others. */
export function freshOf(
  messages: readonly StoredMessage[],
  { plan, host, counters }: Node & { readonly plan: OverflowPlan },
  commits: Commits,
): readonly StoredMessage[] {
  const oldest = host.scheduler.env.date() - plan.limit.ageMs
  if ((messages[0]?.storedAt ?? Infinity) >= oldest) return messages
  for (const { number, storedAt, parts } of messages) {
    if (storedAt >= oldest) continue
    counters.drop('overflow-age', parts?.length ?? 1)
    commits.add(number, parts?.length ?? 1)
  }
  return messages.filter(({ storedAt }) => storedAt >= oldest)
}

/** What is missing or damaged is named and counted, once, and nobody waits for it. */
export function giveUpLost({ from, to }: StoredRange, { counters, host, name }: Node, commits: Commits): void {
  const news = commits.addRange(from, to)
  if (news === 0) return // It was told when it was read before.
  counters.drop('lost', news)
  host.log.error('overflow lost messages', { node: name, from, to, messages: news })
}

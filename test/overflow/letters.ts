import type { Letter } from '../../src/core/letter.ts'
import { LetterStore, type LetterStoreOptions } from '../../src/overflow/letters/letter-store.ts'
import type { SimulatedDisk } from '../support/simulated-disk.ts'

/** A letter with these particulars. */
export function letter(id: string, particulars: Partial<Letter> = {}): Letter {
  return {
    id,
    messageId: id,
    pipeline: 'payments',
    node: 'ledger',
    data: { id },
    key: undefined,
    headers: {},
    time: 1,
    priority: 4,
    deadline: undefined,
    original: undefined,
    error: {
      code: 'NO_SUCH_ACCOUNT',
      message: 'there is no such account',
      kind: 'message',
      causes: [],
      stack: undefined,
    },
    attempts: 3,
    firstFailedAt: 1000,
    failedAt: 2000,
    ...particulars,
  }
}

/** A store on a simulated disk. */
export function openStore(disk: SimulatedDisk, options: Partial<LetterStoreOptions> = {}): Promise<LetterStore> {
  const lock = async () => ({ release: async () => {} })
  return LetterStore.open({ folder: '/letters', limit: 65_536, files: disk.files, lock, now: () => 5000, ...options })
}

export async function idsIn(store: LetterStore): Promise<string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await store.list({ order: 'oldest', count: 7, ...(after === undefined ? {} : { after }) })
    ids.push(...page.letters.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  return ids
}

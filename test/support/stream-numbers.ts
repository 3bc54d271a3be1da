import type { TestRedis } from './redis-server.ts'

/** Entries that are read at once. */
const PAGE = 5000

/** The numbers `n` in the data of a stream's entries, in their order. */
export async function numbersOfStream(server: TestRedis, stream: string): Promise<readonly number[]> {
  const numbers: number[] = []
  for (let from = '-'; ;) {
    const page = ['--json', 'xrange', stream, from, '+', 'count', PAGE] as const
    const entries = JSON.parse(await server.cli(...page)) as [string, string[]][]
    for (const [id, [, json]] of entries) {
      numbers.push((JSON.parse(json!) as { n: number }).n)
      from = `(${id}`
    }
    if (entries.length < PAGE) return numbers
  }
}

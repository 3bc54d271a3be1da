import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { post } from './clients.ts'
import { file, ROOT, sluice, Sluice, within } from './sluice.ts'

export interface Shape {
  /** The name of the producer. */
  readonly door?: string
  /** What it is `durable` by. */
  readonly durable?: string
  /** What stands in the file of the consumer. */
  readonly end?: string
}

export function textOf({ door = 'ingress', durable = 'true', end = 'file: ledger.ndjson' }: Shape = {}): string {
  return `pipeline: kept
stopTimeout: 1s
plugins: ['${join(ROOT, 'config/plugins/slow.ts')}']
producers:
  ${door}: { http: { port: 0 }, durable: ${durable} }
stages:
  slow: { from: ${door}, slow: '\${PACE}', timeout: 1d, demand: 10 }
  pairs: { from: slow, batch: { size: 2 } }
consumers:
  end: { from: pairs, overflow: true, ${end} }
`
}

/** A pipeline in a folder of its own, whose file can be written anew. */
export class Place {
  readonly config: string
  readonly cwd: string
  readonly ledger: string
  readonly data: string

  constructor(shape: Shape = {}) {
    this.config = file(textOf(shape))
    this.cwd = dirname(this.config)
    this.ledger = join(this.cwd, 'ledger.ndjson')
    this.data = join(this.cwd, 'data', 'kept')
  }

  edit(shape: Shape): void {
    writeFileSync(this.config, textOf(shape))
  }

  env(pace: string) {
    return { PACE: pace, SLUICE_DATA_DIR: join(this.cwd, 'data') }
  }

  start(args: readonly string[], pace = '1d'): Sluice {
    return new Sluice(args, { cwd: this.cwd, env: this.env(pace) })
  }

  run(pace = '1d'): Sluice {
    return this.start(['run', this.config, '--admin-port', '0'], pace)
  }

  /** Runs it until it has stored so many messages, each a number unless it is to be more. */
  async store(count: number, dataOf: (number: number) => unknown = (number) => number): Promise<Sluice> {
    const process = this.run()
    const { url } = await process.logged((line) => 'url' in line && line['node'] !== undefined, 'where it listens')
    await process.isRunning()
    for (let first = 0; first < count; first += 5000) {
      const numbers = Array.from({ length: Math.min(5000, count - first) }, (_, at) => dataOf(first + at))
      expect((await post(url as string, JSON.stringify(numbers))).status).toBeLessThan(300)
    }
    return process
  }

  /** The same, and it is killed. */
  async leave(count: number, dataOf?: (number: number) => unknown): Promise<void> {
    await (await this.store(count, dataOf)).kill()
  }

  overflow(...args: string[]) {
    return sluice(['overflow', ...args, '--config', this.config], { cwd: this.cwd, env: this.env('0ms') })
  }

  async exported(edge: string): Promise<number[]> {
    const { stdout } = await this.overflow('export', edge)
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { data: number }).data)
  }

  get delivered(): number[] {
    return existsSync(this.ledger) ? readFileSync(this.ledger, 'utf8').split('\n').slice(0, -1).flatMap(numbersIn) : []
  }

  /** What the pipeline is refused with. */
  async refusal(): Promise<string> {
    const process = this.run()
    const { exitCode } = await within(process.ended, () => `the end of a pipeline that is refused:\n${process.stderr}`)
    expect(exitCode).toBe(78)
    const told = process.log.find(({ code }) => code === 'SLUICE_OVERFLOW_ORPHANED')
    return String(told?.['msg'])
  }
}

const numbersIn = (line: string): number[] => [JSON.parse(line) as number | number[]].flat()
export const numbersTo = (count: number, first = 0): number[] => Array.from({ length: count }, (_, at) => first + at)

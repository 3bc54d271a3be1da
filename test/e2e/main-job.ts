import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { folder, Sluice, until } from './sluice.ts'

export const MAIN_JOB = 'config/payments.yaml'
export const PAYMENT = { id: 'p-1', merchant: 'm-7', amountMinor: 1250, currency: 'eur' }

/** The main job as a process. */
export interface MainJob {
  readonly process: Sluice
  readonly ledger: string
  /** Where payments go. */
  readonly url: string
  readonly health: string
  readonly ready: string
}

/** Starts the main job on free ports; what it stores is beside the ledger. */
export async function payments(ledger = join(folder(), 'ledger.ndjson')): Promise<MainJob> {
  const process = new Sluice(['run', MAIN_JOB, '--admin-port', '0'], {
    env: { PORT: '0', LEDGER: ledger, SLUICE_DATA_DIR: join(dirname(ledger), 'data') },
  })
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  const { health, ready } = await process.isRunning()
  return { process, ledger, url: url as string, health: health as string, ready: ready as string }
}

/** Waits until payments are in a ledger. @returns the ids of all that are. */
export async function delivered({ ledger, process }: Pick<MainJob, 'ledger' | 'process'>, ids: readonly string[]) {
  const missing = (): number => {
    const written = existsSync(ledger) ? readFileSync(ledger, 'utf8') : ''
    return ids.filter((id) => !written.includes(`"id":${JSON.stringify(id)}`)).length
  }
  await until(
    () => missing() === 0,
    () => `${missing()} payments in the ledger:\n${process.stderr}`,
  )
  return entries(ledger).map(({ id }) => id)
}

/** The payments of a ledger, each line of which must be whole. */
export function entries(ledger: string): { readonly id: string }[] {
  const text = readFileSync(ledger, 'utf8')
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { id: string })
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { folder, Sluice } from './sluice.ts'

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

/** Starts the main job on free ports. */
export async function payments(ledger = join(folder(), 'ledger.ndjson')): Promise<MainJob> {
  const process = new Sluice(['run', MAIN_JOB, '--admin-port', '0'], { env: { PORT: '0', LEDGER: ledger } })
  const { url } = await process.logged((line) => line['node'] === 'ingress' && 'url' in line, 'where it listens')
  const { health, ready } = await process.isRunning()
  return { process, ledger, url: url as string, health: health as string, ready: ready as string }
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

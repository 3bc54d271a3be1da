import { overflowName, overflowsIn } from '../config/overflows.ts'
import { daemonError } from './errors.ts'
import type { Log } from '../core/component.ts'
import type { SluiceError } from '../core/errors.ts'
import type { PipelineSpec } from '../core/spec.ts'
import type { StoreAddress } from '../overflow/stores.ts'
import { quote } from '../kit/text.ts'
import { forget, heldBy, orphansOf, type Orphan } from './orphans.ts'
import { withRecords } from './store-records.ts'

/** An orphan with messages; null where nobody knows how many. */
interface Holding {
  readonly orphan: Orphan
  readonly messages: number | null
}

const PLAIN = /^[\w./:@=+-]+$/

/**
 * Pipelines as they may run: none of them leaves behind what earlier runs have stored, and each of them records its stores
 * that nothing else would tell of.
 *
 * @throws SLUICE_OVERFLOW_ORPHANED, and what keeps a store from being opened
 */
export async function withStoresKept(specs: readonly PipelineSpec[], log: Log): Promise<PipelineSpec[]> {
  const kept: PipelineSpec[] = []
  for (const spec of specs) {
    await refuseOrphans(spec, log)
    kept.push(await withRecords(spec, log))
  }
  return kept
}

async function refuseOrphans(spec: PipelineSpec, log: Log): Promise<void> {
  const { orphans, damaged } = await orphansOf(spec)
  if (damaged !== undefined)
    log.warn(`what is stored elsewhere than beside the pipeline isn't known any more: ${damaged}`, {
      pipeline: spec.name,
    })
  const holding: Holding[] = []
  for (const orphan of orphans) {
    const messages = await heldBy(orphan)
    if (messages !== 0) holding.push({ orphan, messages })
    // Where nothing can be written, it is looked at again next time.
    else await forget(spec, orphan).catch(() => undefined)
  }
  if (holding.length > 0) throw refusal(spec, holding)
}

function refusal(spec: PipelineSpec, holding: readonly Holding[]): SluiceError {
  const what = holding.map(({ orphan, messages }) => {
    const count = messages === null ? 'an unknown number of messages' : countText(messages)
    return `${orphan.name} has ${count} in ${placeText(orphan.address)}`
  })
  const { name } = holding[0]!.orphan
  const [into = '<edge>'] = overflowsIn(spec).map(overflowName)
  const rest = optionsFor(spec)
  const ways = [
    `move them behind what another edge has stored (sluice overflow adopt ${name} --into ${into}${rest})`,
    `write them into a file (sluice overflow export ${name} --output stored.ndjson${rest}), and remove them (sluice overflow purge ${name} --yes${rest})`,
  ]
  const problem = `${quote(spec.name)} has stored messages that nothing in it would deliver: ${what.join('; ')}`
  return daemonError('SLUICE_OVERFLOW_ORPHANED', `${problem}. Put the overflow back; or ${ways.join('; or ')}`)
}

function optionsFor({ name, home }: PipelineSpec): string {
  if (home === undefined) return ''
  const { file } = home
  // A file of YAML has one pipeline.
  const which = /[.]ya?ml$/.test(file) ? '' : ` --pipeline ${inShell(name)}`
  return ` --config ${inShell(file)}${which}`
}

function inShell(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

export function placeText(address: StoreAddress): string {
  return address.kind === 'embedded' ? address.folder : `Redis at ${address.server}`
}

function countText(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`
}

import { realEnv } from '../core/env.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { daemonError } from '../daemon/errors.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import { forget, remember } from '../daemon/orphans.ts'
import { quote } from '../kit/text.ts'
import { sizeText } from '../kit/units.ts'
import { adoptAll, unwritableIn, type AdoptionWorld } from '../overflow/adoption.ts'
import { readAdoption, writeAdoption, type AdoptionRecord } from '../overflow/records.ts'
import { boundStore, storeNamed, withStore, withStoreMade, type NamedStore, type OpenStore } from './overflow-access.ts'
import { lostText } from './overflow-text.ts'
import { print, printError } from './print.ts'

interface Ends {
  readonly source: NamedStore
  readonly target: NamedStore
}

/** Two names on the command line, of which the second is an overflow of the pipeline. */
export interface AdoptNames {
  readonly edge: string
  readonly into: string
}

/** `sluice overflow adopt`. @returns what to exit with */
export async function adoptInto(spec: PipelineSpec, { edge, into }: AdoptNames): Promise<number> {
  if (edge === into) {
    printError(`sluice: ${edge} can't be moved behind itself: name another overflow with --into\n`)
    return EXIT.usage
  }
  const source = await storeNamed(spec, edge)
  const target = await storeNamed(spec, into)
  for (const { isPair, name } of [source, target])
    if (isPair === true)
      throw daemonError(
        'SLUICE_ADOPT_REFUSED',
        `${quote(name)} is no overflow of an edge: its producer \`overflow\` delivers it`,
      )
  if (target.isOrphaned)
    throw daemonError('SLUICE_ADOPT_REFUSED', `${into} is no overflow of the pipeline: nothing would deliver it there`)
  const counts = await withStore(source, (from) => moved(spec, { source, target }, from))
  const { messages, before, lost } = counts ?? { messages: 0, before: 0, lost: 0 }
  await forget(spec, source)
  const earlier = before === 0 ? '' : `, ${before} of which were there from an adoption that was ended before`
  print(`${messages} ${messages === 1 ? 'message' : 'messages'} moved from ${edge} into ${into}${earlier}\n`)
  return lost > 0 ? EXIT.data : EXIT.fine
}

async function moved(spec: PipelineSpec, { source, target }: Ends, from: OpenStore) {
  let storedAt = Date.now()
  // So that what was stored keeps its age.
  const env = { ...realEnv, date: () => storedAt }
  return await withStoreMade(target, env, async (to) => {
    const noted = await notedOf(spec, { source, target })
    if (noted === undefined) checkRoom({ source, target }, from, to)
    let lost = 0
    const world: AdoptionWorld = {
      noted,
      note: (piece) => note(spec, { ...namesOf({ source, target }), ...piece }),
      storedAt: (date) => (storedAt = date),
      unwritable: (messages) => unwritableIn(messages, boundStore(target).mostMessageBytes),
      onLost(range) {
        lost += range.to - range.from
        printError(lostText(range.from, range.to))
      },
    }
    await remember(spec, target)
    const adopted = await adoptAll(from, to, world)
    await note(spec, undefined)
    return { ...adopted, lost }
  })
}

/** Where the target has too little room is told before anything is moved. */
function checkRoom({ source, target }: Ends, from: OpenStore, to: OpenStore): void {
  const { limitBytes } = boundStore(target)
  const [more, there] = [from.store.depth, to.store.depth].map(({ messages, bytes }) => (messages === 0 ? 0 : bytes))
  if (there! + more! <= limitBytes) return
  const has = `${source.name} has ${sizeText(more!)}, ${target.name} has ${sizeText(there!)}`
  const problem = `${has}, and its \`limit\` is ${sizeText(limitBytes)}: raise that first`
  throw daemonError('SLUICE_ADOPT_REFUSED', problem)
}

async function notedOf({ home }: PipelineSpec, ends: Ends): Promise<AdoptionRecord | undefined> {
  const noted = home && (await readAdoption(home.dataFolder))
  const { source, target } = namesOf(ends)
  if (noted?.source !== source) return undefined
  if (noted.target === target) return noted
  const twice = 'what was moved last, a thousand messages at most, may be there as well as here'
  printError(`sluice: an adoption into ${noted.target} was ended in between: ${twice}\n`)
  return undefined
}

async function note({ home }: PipelineSpec, record: AdoptionRecord | undefined): Promise<void> {
  if (home !== undefined) await writeAdoption(home.dataFolder, record)
}

function namesOf({ source, target }: Ends): Pick<AdoptionRecord, 'source' | 'target'> {
  return { source: boundStore(source).exclusive, target: boundStore(target).exclusive }
}

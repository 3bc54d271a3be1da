import type { WorkerContext } from '../../core/component.ts'
import { soleOrigin } from '../../core/sole.ts'
import type { Message } from '../../core/message.ts'
import type { TextPiece } from '../../kit/texts.ts'
import { placeOf, pointsAt, type AckPoint } from './ack-points.ts'
import { isGroupGone } from './errors.ts'
import { MOST_PER_WRITE, type StreamWriter, type WriterOptions } from './writer.ts'

/** What came by one group, and can be acknowledged as it is written; without a group it is only written. */
interface Run {
  readonly point: AckPoint | undefined
  readonly pieces: TextPiece[]
  /** With a group: the message that the producer gave, and its entry, of each. */
  readonly origins: Message[]
  readonly ids: string[]
}

/**
 * Writes to a stream what comes from another one of the same server, and acknowledges it in the same step (A5): so each
 * entry is written once, whatever is killed, whoever takes it over. What comes from elsewhere is written as ever.
 *
 *     source ─ entry ▶ stages ▶ message ─▶ entry known in flight? ─ no ▶ StreamWriter.write
 *        ▲                                      yes ▶ StreamWriter.move ─ other group ▶ StreamWriter.write
 *        └───────── acknowledged already ◀──────┘
 */
export class JointWriter {
  readonly #writer: StreamWriter
  readonly #context: Pick<WorkerContext, 'log' | 'metrics'>
  readonly #place: string
  #hasTold = false

  constructor(writer: StreamWriter, options: WriterOptions, context: Pick<WorkerContext, 'log' | 'metrics'>) {
    this.#writer = writer
    this.#context = context
    this.#place = placeOf(options, options.stream)
  }

  /** Resolves when the server has confirmed all. @throws where some are not written, or the next write will find out */
  async write(pieces: readonly TextPiece[]): Promise<void> {
    const points = pointsAt(this.#place)
    if (points === undefined) return await this.#writer.write(pieces)
    await this.#writer.findOut()
    const written: TextPiece[] = []
    for (const run of this.#runsOf(pieces, points)) {
      try {
        if (await this.#move(run)) continue
        await this.#writer.write(run.pieces)
        written.push(...run.pieces)
      } catch (error) {
        // All of the call comes again.
        this.#writer.areThere(written)
        throw error
      }
    }
  }

  /** In order, so that what has the same key is written in order. */
  #runsOf(pieces: readonly TextPiece[], points: ReadonlySet<AckPoint>): readonly Run[] {
    const runs: Run[] = []
    for (const piece of pieces) {
      const { point, origin, id } = this.#originOf(piece, points)
      let run = runs.at(-1)
      if (run === undefined || run.point !== point || run.pieces.length === MOST_PER_WRITE)
        runs.push((run = { point, pieces: [], origins: [], ids: [] }))
      run.pieces.push(piece)
      if (origin === undefined) continue
      run.origins.push(origin)
      run.ids.push(id)
    }
    return runs
  }

  #originOf({ message, part }: TextPiece, points: ReadonlySet<AckPoint>) {
    const origin = part === undefined && !this.#writer.isThere(message) ? soleOrigin(message) : undefined
    if (origin !== undefined) {
      for (const point of points) {
        const id = point.entryOf(origin)
        if (id !== undefined) return { point, origin, id }
      }
    }
    return { point: undefined, origin: undefined, id: '' }
  }

  /** @returns whether all are written */
  async #move({ point, pieces, origins, ids }: Run): Promise<boolean> {
    if (point === undefined) return false
    try {
      const before = await this.#writer.move(point, ids, pieces)
      if (before !== undefined) {
        this.#moved(point, origins, before)
        return true
      }
    } catch (error) {
      if (!isGroupGone(error)) throw error
    }
    await point.changed()
    return false
  }

  #moved(point: AckPoint, origins: readonly Message[], before: number): void {
    const { log, metrics } = this.#context
    if (!this.#hasTold)
      log.info(`what comes from "${point.stream}" is acknowledged as it is written: it is written once`)
    this.#hasTold = true
    for (const origin of origins) point.acknowledged(origin)
    metrics.add('written_once', origins.length - before)
    if (before === 0) return
    metrics.add('acknowledged_before', before)
    log.info(`${before} entries of "${point.stream}" were acknowledged before, and are not written again`)
  }
}

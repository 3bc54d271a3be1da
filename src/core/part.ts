import { SluiceError } from './errors.ts'
import { kinOf, Message } from './message.ts'

/**
 * A message of a batch on its way without the others: a child of the batch that is called, and settled, as the part
 * that it stands for (A12).
 */
export class Part extends Message {
  /** The message that went into the batch. */
  readonly source: Message
  readonly index: number

  constructor(batch: Message, { source, index, data }: { source: Message; index: number; data: unknown }) {
    super(data, source.key, index, source.envelope, source.sizeBytes)
    this.parent = batch
    this.source = source
    this.index = index
  }

  override get id(): string {
    return this.source.id
  }
  override get parts(): readonly Message[] | undefined {
    return this.kin?.parts ?? this.source.parts
  }
}

/**
 * The parts of a batch, each with its value of `data`, for `unbatch`. Parts that have failed already are left out.
 *
 * @throws SLUICE_NOT_A_BATCH, SLUICE_BATCH_LENGTH
 */
export function partsOf(batch: Message, data: unknown): Message[] {
  const sources = batch.parts
  if (sources === undefined) {
    throw new SluiceError('SLUICE_NOT_A_BATCH', `${batch.id} is a message by itself: no batch stands before this node`)
  }
  if (!Array.isArray(data) || data.length !== sources.length) {
    const found = Array.isArray(data) ? `an array of ${data.length}` : `a value of type ${typeof data}`
    throw new SluiceError('SLUICE_BATCH_LENGTH', `a batch of ${sources.length} messages came back as ${found}`)
  }
  const failed = failedParts(batch)
  const parts: Message[] = []
  for (let index = 0; index < sources.length; index++) {
    if (!failed.has(index)) parts.push(new Part(batch, { source: sources[index]!, index, data: data[index] }))
  }
  kinOf(batch).open = parts.length
  return parts
}

/** Parts that have an outcome before the batch has: of this shell, or of what it is a shell of. */
function failedParts(batch: Message): ReadonlySet<number> {
  const failed = new Set<number>()
  let message: Message | undefined = batch
  while (message !== undefined) {
    for (const index of message.kin?.partVerdicts?.keys() ?? []) failed.add(index)
    message = message.position === '' ? message.parent : undefined
  }
  return failed
}

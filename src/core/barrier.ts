import type { Marker } from './edge.ts'
import { SluiceError } from './errors.ts'
import type { WorkerBase } from './worker-base.ts'

/**
 * Passes markers on, in band: behind everything that came before them (D18).
 *
 *     every input has come to one ─▶ nothing is under way ─▶ what is held has been flushed ─▶ pass
 */
export function passMarkers(worker: WorkerBase): void {
  while (!worker.isFlushing && !worker.isFinished && worker.isIdle) {
    const kind = markerOf(worker)
    if (kind !== worker.flushedFor) worker.flushedFor = undefined
    if (kind === undefined) return
    if (worker.flushedFor === undefined) {
      worker.flush(kind, () => {
        worker.flushedFor = kind
        worker.wake()
      })
    }
    if (worker.flushedFor === undefined) return
    worker.flushedFor = undefined
    pass(worker, kind)
  }
}

/** The marker that all inputs have come to. One that has ended, or is to stop, has come to any. */
function markerOf(worker: WorkerBase): Marker | undefined {
  const { inputs, host } = worker
  if (inputs.length === 0) return host.closing
  let kind: Marker | undefined
  for (const edge of inputs) {
    // A flush comes once; again over a subscription that began behind it.
    while (edge.marker === 'flush' && host.hasPassedFlush(worker)) edge.passMarker()
    const { marker } = edge
    if (marker === undefined) return undefined
    if (kind === undefined || marker === 'flush' || (marker === 'drain' && kind === 'end')) kind = marker
  }
  return kind
}

function pass(worker: WorkerBase, kind: Marker): void {
  for (const edge of worker.inputs) if (kind !== 'flush' || edge.marker === 'flush') edge.passMarker()
  if (kind !== 'flush') {
    for (const { message } of worker.ownership.giveUp()) {
      worker.fail(message, new SluiceError('SLUICE_HANDLER_LOST_MESSAGE', 'a component kept a message back at its last flush'))
    }
    worker.isFinished = true
  }
  worker.outlet?.mark(kind)
  worker.host.passed(worker, kind)
  if (worker.isFinished) worker.host.finished(worker)
}

import { DRAIN, END, type Marker } from './marker.ts'
import { SluiceError } from './errors.ts'
import type { WorkerBase } from './worker-base.ts'

/**
 * Passes markers on, in band: behind everything that came before them (D18).
 *
 *     every input has come to one ─▶ nothing is under way ─▶ what is held has been flushed ─▶ pass
 */
export function passMarkers(worker: WorkerBase): void {
  const { inputs } = worker
  if (inputs.length === 1 && !inputs[0]!.hasMarks) return
  while (!worker.isFlushing && !worker.isFinished && worker.isIdle) {
    const marker = markerOf(worker)
    if (marker !== worker.flushedFor) worker.flushedFor = undefined
    if (marker === undefined) return
    if (worker.flushedFor === undefined) {
      worker.flush(marker.kind, () => {
        if (worker.isIdle) worker.flushedFor = marker // Otherwise some of it comes again.
        worker.wake()
      })
    }
    if (worker.flushedFor === undefined) return
    worker.flushedFor = undefined
    pass(worker, marker)
  }
}

/** The marker that all inputs have come to. One that has ended, or is to stop, has come to any. */
function markerOf(worker: WorkerBase): Marker | undefined {
  const { inputs, host } = worker
  if (inputs.length === 0) return host.closing
  // A flush comes once; it may come again over a subscription that began behind it, or late, when it is over.
  for (const edge of inputs) while (edge.marker !== undefined && host.isOver(edge.marker, worker)) edge.passMarker()
  let first: Marker | undefined
  for (const { marker } of inputs) {
    if (marker === undefined) return undefined
    if (first === undefined || marker.kind === 'flush' || (marker === DRAIN && first === END)) first = marker
  }
  return first
}

function pass(worker: WorkerBase, marker: Marker): void {
  const isLast = marker.kind !== 'flush'
  for (const edge of worker.inputs) if (isLast || edge.marker === marker) edge.passMarker()
  if (isLast) {
    for (const { message } of worker.ownership.held.giveUp()) {
      worker.fail(
        message,
        new SluiceError('SLUICE_HANDLER_LOST_MESSAGE', 'a component kept a message back at its last flush'),
      )
    }
    worker.isFinished = true
  }
  worker.outlet?.mark(marker)
  worker.letters?.mark(marker)
  worker.host.passed(worker, marker)
  if (isLast) worker.host.finished(worker)
}

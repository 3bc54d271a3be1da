/** A control signal that travels in band and needs no credit (D18). */
export interface Marker {
  readonly kind: 'flush' | 'drain' | 'end'
  /** Which flush it is. */
  readonly number?: number
}
export const DRAIN: Marker = { kind: 'drain' }
export const END: Marker = { kind: 'end' }

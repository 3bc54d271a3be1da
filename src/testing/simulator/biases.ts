import type { Order } from '../../core/spec.ts'
import type { Fault } from './faults.ts'
import type { ConsumerRole, StageRole } from './roles.ts'

/** What rare bugs need more often than chance gives it: each seed leans towards one of these. */
export interface Bias {
  readonly stages?: readonly StageRole[]
  readonly consumers?: readonly ConsumerRole[]
  readonly always?: readonly Fault[]
  readonly never?: readonly Fault[]
  readonly order?: Order
  readonly async?: boolean
  readonly isStopped?: boolean
  readonly fanOut?: boolean
  readonly attempts?: number
}

/** Faults of a place, and what looks like one. */
const PLACE_FAULTS: readonly Fault[] = ['outage', 'hang', 'late', 'slow', 'lost-reply', 'fail-place']

export const BIASES: readonly Bias[] = [
  { always: ['slow', 'throw'] },
  { always: ['settle-slow', 'reject'] },
  { stages: ['batch', 'delay', 'regroup'], isStopped: true },
  { stages: ['split', 'regroup', 'handle'], always: ['throw', 'forget'] },
  { order: 'key', async: true, always: ['slow', 'late'] },
  { fanOut: true, always: ['cancel', 'slow'] },
  { always: ['restart', 'hang'], async: true },
  { stages: ['expand', 'pull', 'batch'], always: ['flush', 'pause'] },
  { stages: ['batch', 'regroup', 'unbatch', 'filter'] },
  { always: ['outage', 'throw'] },
  { order: 'key', always: ['throw', 'reject'] },
  { always: ['poison', 'full-store'] },
  { always: ['poison', 'crash', 'retry-letters'] },
  { always: ['poison-outage'], async: true },
  { always: ['poison-outage', 'expire'], never: PLACE_FAULTS, order: 'input' },
  { always: ['restart', 'throw'], async: true, attempts: 4 },
]

export const STAGE_ROLES = [
  'map',
  'filter',
  'expand',
  'pull',
  'handle',
  'split',
  'batch',
  'delay',
  'regroup',
  'unbatch',
] as const
export type StageRole = (typeof STAGE_ROLES)[number]
export type ProducerRole = 'pull' | 'pull-late' | 'push'
export type ConsumerRole = 'each' | 'handle' | 'holding'

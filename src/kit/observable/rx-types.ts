/* oxlint-disable typescript/ban-ts-comment -- the line below it says what for */

// What the stage `rx` needs of RxJS; types only: it is loaded when a pipeline that has such a stage is opened. Users who
// haven't installed it must be able to compile: for them these types are `any`.

/** @ts-ignore */
export type { Observable, SchedulerAction, SchedulerLike, Subject, Subscription } from 'rxjs'

/** @ts-ignore */
export type Rx = typeof import('rxjs')

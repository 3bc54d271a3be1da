import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import filling from '../../../src/consumers/overflow.ts'
import { defineConsumer, type CallInfo } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import draining from '../../../src/producers/overflow.ts'
import { feed, type Feed } from '../../support/ends.ts'
import { line, type Line, type Part } from '../../support/pipeline.ts'

/** A folder that is gone after the test. */
export function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pair-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Spilling extends Line {
  readonly input: Feed
}

interface Given {
  readonly settings?: NodeSettings
  readonly between?: readonly Part[]
}

/** A pipeline that stores what a test pushes. */
export async function spilling(options: object, { settings = {}, between = [] }: Given = {}): Promise<Spilling> {
  const input = feed()
  const made = line([input, ...between, { component: filling, options: { name: 'orders', ...options }, settings }])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return { ...made, input }
}

/** What a test sees of a message that was drained. */
export type Seen = Pick<Message, 'id' | 'key' | 'data' | 'headers' | 'time' | 'priority' | 'attempt' | 'sizeBytes'>

export interface DrainingLine extends Line {
  readonly seen: Seen[]
}

/** A pipeline that gives what is stored to a handler; what that throws fails the message. */
export async function drained(
  options: object,
  handler: (message: Message, call: CallInfo) => unknown = () => undefined,
): Promise<DrainingLine> {
  const seen: Seen[] = []
  const component = defineConsumer({
    name: 'seeing',
    summary: 'Sees what is drained.',
    options: z.strictObject({}),
    create: () => ({
      each: (_data: unknown, message: Message, call: CallInfo) => {
        const { id, key, data, headers, time, priority, attempt, sizeBytes } = message
        seen.push({ id, key, data, headers, time, priority, attempt, sizeBytes })
        return handler(message, call)
      },
    }),
  })
  const made = line([{ component: draining, options: { name: 'orders', ...options } }, { component }])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return { ...made, seen }
}

export const numbers = (count: number, first = 0): number[] => Array.from({ length: count }, (_, at) => first + at)

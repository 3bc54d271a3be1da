import { definePipeline } from '../../../src/config/builder.ts'
import { edge, type Ref } from '../../../src/config/builder-types.ts'
import { placeIn } from '../../../src/config/call-site.ts'
import discardDefinition, { discard } from '../../../src/consumers/discard.ts'
import { each } from '../../../src/consumers/each.ts'
import { file } from '../../../src/consumers/file.ts'
import { generate } from '../../../src/producers/generate.ts'
import { http } from '../../../src/producers/http.ts'
import { batch } from '../../../src/stages/batch.ts'
import { filter } from '../../../src/stages/filter.ts'

export const FILE = 'test/config/mistakes/builder.ts'

/** A builder as a program without types has it. */
export type Loose = Readonly<Record<'producer' | 'stage' | 'consumer', (...given: unknown[]) => Ref<unknown>>>

export interface BuilderMistake {
  readonly what: string
  /** Makes the mistake in the call right after `here()`. */
  readonly make: (p: Loose, numbers: Ref<unknown>) => void
  /** `CODE message | hint`, the code without what all have in common. */
  readonly told: string
}

let line = 0

/** The line of this file on which the last mistake was made. */
export function lineOfMistake(): number {
  return line
}

function here(): void {
  line = (placeIn(new Error().stack!.split('\n').slice(2).join('\n'))?.line ?? 0) + 1
}

let stranger!: Ref<unknown>
definePipeline('elsewhere', (p) => {
  stranger = p.producer('strangers', generate())
  p.consumer('nowhere', stranger, discard())
})

export const BUILDER_MISTAKES: readonly BuilderMistake[] = [
  {
    what: 'a wrong value of an option',
    make: (p, numbers) => {
      here()
      p.consumer('out', p.stage('batches', numbers, batch({ size: 0 })), discard())
    },
    told: 'VALUE `size`: must be at least 1, got 0 | Largest batch, in messages.',
  },
  {
    what: 'an unknown option',
    make: (p, numbers) => {
      here()
      p.consumer('out', p.stage('batches', numbers, batch({ sise: 5 } as object)), discard())
    },
    told: 'KEY_UNKNOWN `sise` is not an option of `batch` | did you mean `size`?',
  },
  {
    what: 'a component that is called as a setting',
    make: (p, numbers) => {
      const definition = { ...discardDefinition, name: 'retry' }
      here()
      p.consumer('out', numbers, { ...discard(), definition }, { concurrency: 2 })
    },
    told: "COMPONENT_BROKEN a component can't be called `retry`: that is a setting of a consumer | rename the component",
  },
  {
    what: 'an option that is missing',
    make: (p) => {
      here()
      p.consumer('out', p.producer('door', http({} as never)), discard())
    },
    told: 'KEY_MISSING `http` needs `port` | add `port`. Where it listens; 0 picks a free one, which the log names.',
  },
  {
    what: 'a duration without a unit',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, discard(), { timeout: 500 })
    },
    told: 'TYPE `timeout`: write a unit: "500ms", "500s" or "500m" | How long an asynchronous call may take; 30s by default.',
  },
  {
    what: 'a setting of another type',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, discard(), { concurrency: () => 8 })
    },
    told: 'TYPE `concurrency`: expected a number, got a function | Calls in flight of an asynchronous handler; 1 by default.',
  },
  {
    what: 'an unknown setting',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, discard(), { concurency: 8 })
    },
    told: 'KEY_UNKNOWN `concurency` is not a setting or a component of a consumer | did you mean `concurrency`?',
  },
  {
    what: 'a setting of another kind of node',
    make: (p) => {
      here()
      p.consumer('out', p.producer('more', generate(), { concurrency: 8 }), discard())
    },
    told: 'KEY_MISPLACED `concurrency` is a setting of stages and consumers, not of producers | remove it, or move it to a node that has it',
  },
  {
    what: 'a setting for components of another sort',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, discard(), { maxHeld: 8 })
    },
    told: "KEY_MISPLACED `maxHeld` is for components that hold messages between calls, and `discard` doesn't | remove it",
  },
  {
    what: 'settings that are none',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, discard(), 8)
    },
    told: 'TYPE expected settings, as `{ concurrency: 8 }`, got a number',
  },
  {
    what: 'a setting of an edge that does not go with another one',
    make: (p, numbers) => {
      here()
      p.consumer('out', edge(numbers, { queue: { messages: 5 } }), discard())
    },
    told: 'VALUE `queue`: needs `whenFull: drop-newest` or `whenFull: drop-oldest`: an edge that blocks keeps nothing back | What may wait before this edge where `whenFull` drops; 1,000 messages by default.',
  },
  {
    what: 'a bad name',
    make: (p, numbers) => {
      here()
      p.consumer('Big Ledger', numbers, discard())
    },
    told: "NAME `Big Ledger` can't be the name of a node | did you mean `big-ledger`? a name starts with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most",
  },
  {
    what: 'two nodes of one name',
    make: (p, numbers) => {
      p.consumer('more', p.stage('twice', numbers, batch()), discard())
      here()
      p.consumer('out', p.stage('twice', numbers, batch()), discard())
    },
    told: 'NAME_TWICE `twice` is also the name of a stage | rename one of them; a name is used once in a pipeline',
  },
  {
    what: 'a node that nobody reads from',
    make: (p, numbers) => {
      p.consumer('out', numbers, discard())
      here()
      p.stage(
        'unread',
        numbers,
        filter(() => true),
      )
    },
    told: 'UNUSED nobody reads from the stage `unread` | let a node read from it, or take it out; `discard()` is a consumer for what nobody needs',
  },
  {
    what: 'a node of another pipeline',
    make: (p) => {
      here()
      p.consumer('out', stranger, discard())
    },
    told: 'FROM_UNKNOWN `strangers` is a node of another pipeline | read from a node of this pipeline; pipelines share nothing',
  },
  {
    what: 'what is no node',
    make: (p) => {
      here()
      p.consumer('out', 'numbers', discard())
    },
    told: 'TYPE expected a node to read from: what `p.producer` or `p.stage` gave, a list of such, or an `edge` of one',
  },
  {
    what: 'nothing to read from',
    make: (p) => {
      here()
      p.consumer('out', [], discard())
    },
    told: 'VALUE expected at least one node to read from',
  },
  {
    what: 'a node that is read from twice by one',
    make: (p, numbers) => {
      here()
      p.consumer('out', [numbers, edge(numbers, {})], discard())
    },
    told: 'FROM_TWICE `numbers` is named twice | name it once: a node reads from another over one edge',
  },
  {
    what: 'a component of another kind',
    make: (p, numbers) => {
      here()
      p.consumer(
        'out',
        numbers,
        filter(() => true),
      )
    },
    told: 'COMPONENT_KIND `filter` is a stage, not a consumer | add it with `p.stage`',
  },
  {
    what: 'a factory that was not called',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, each)
    },
    told: "TYPE expected a consumer, as `file({ path: 'ledger.ndjson' })`, got a function | call it: `each(…)`",
  },
  {
    what: 'a definition without its options',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, discardDefinition)
    },
    told: "TYPE expected a consumer, as `file({ path: 'ledger.ndjson' })`, got an object | give a definition its options: `use(definition, options)`",
  },
  {
    what: 'a definition that nobody checked',
    make: (p, numbers) => {
      here()
      p.consumer('out', numbers, { ...discard(), definition: { ...discardDefinition, create: 'x' } })
    },
    told: "COMPONENT_BROKEN the component discard can't be used: `create` must be a function (out) | this is a mistake in the component, not in this file",
  },
  {
    what: 'two nodes that want one file',
    make: (p, numbers) => {
      p.consumer('first', numbers, file({ path: '/var/ledger' }))
      here()
      p.consumer('second', numbers, file({ path: '/var/ledger' }))
    },
    told: 'EXCLUSIVE `first` and `second` both want `file /var/ledger` | give one of them another port or file, or read from one node twice',
  },
  {
    what: 'limits that do not go together',
    make: (p) => {
      here()
      p.consumer('out', p.producer('few', generate(), { maxUnacked: 10 }), discard())
    },
    told: 'PIPELINE maxUnacked is 10, but the demand windows behind few and one batch come to 1000 parts | raise maxUnacked to 1000 at least, or lower `demand` of the nodes that read from it',
  },
]

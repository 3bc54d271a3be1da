import { edited } from '../loading.ts'
import type { Mistake } from './mistake.ts'

/** The good file with settings at its consumer. */
function ledger(settings: string): string {
  return edited('    concurrency: 8\n', `    concurrency: 8\n    ${settings}\n`)
}

/** The good file with settings of the edge to its consumer. */
function edge(settings: string, more = ''): string {
  return edited('    from: batches\n', `    from: { batches: ${settings} }\n${more}`)
}

export const mistakes: readonly Mistake[] = [
  {
    title: 'an unknown key of an overflow',
    text: ledger('overflow: { limmit: 1GiB }'),
    problems: ['16:17 KEY_UNKNOWN `limmit` is not a setting of `overflow` | did you mean `limit`?'],
  },
  {
    title: 'an overflow that is a word',
    text: ledger('overflow: yes'),
    problems: [
      '16:15 TYPE `overflow`: expected true or false or a map, got "yes" | Where messages wait that memory has no room for: `true` for a store on the local disk, or its details. Each edge of the node gets one, in order; what is stored counts as delivered above.',
    ],
  },
  {
    title: 'an overflow that is a size',
    text: ledger('overflow: 10GiB'),
    problems: [
      '16:15 TYPE `overflow`: expected true or false or a map, got "10GiB" | Where messages wait that memory has no room for: `true` for a store on the local disk, or its details. Each edge of the node gets one, in order; what is stored counts as delivered above.',
    ],
  },
  {
    title: 'a low mark above the high one',
    text: ledger('overflow: { high: 50%, low: 60% }'),
    problems: [
      '16:33 VALUE `low`: must be below `high`, which is 0.5; got 0.6 | The share of `memory` below which it may go on from memory again; 50% by default.',
    ],
  },
  {
    title: 'a high mark below the low one that nobody wrote',
    text: ledger('overflow: { high: 0.4 }'),
    problems: [
      '16:23 VALUE `high`: must be above `low`, which is 0.5; got 0.4 | The share of `memory` at which it begins to store; 80% by default.',
    ],
  },
  {
    title: 'a share in percent without the mark',
    text: ledger('overflow: { high: 80 }'),
    problems: [
      '16:23 VALUE `high`: must be at most 1; 80 % is written "80%" | The share of `memory` at which it begins to store; 80% by default.',
    ],
  },
  {
    title: 'memory that is a size',
    text: ledger('overflow: { memory: 10MiB }'),
    problems: [
      '16:25 TYPE `memory`: expected a number or a map, got "10MiB" | What waits in memory at most: a count of messages, or `{ parts, bytes }`; 10,000 and up to 64MiB by default.',
    ],
  },
  {
    title: 'an unknown key of memory',
    text: ledger('overflow: { memory: { messages: 5 } }'),
    problems: ['16:27 KEY_UNKNOWN `messages` is not a setting of `memory` | there are `parts` and `bytes`'],
  },
  {
    title: 'a limit without a unit',
    text: ledger('overflow: { limit: 1000000000 }'),
    problems: [
      '16:24 TYPE `limit`: expected a string or a map, got 1000000000 | What is stored at most: a size, or `{ bytes, age }`; 10GiB by default.',
    ],
  },
  {
    title: 'a limit that is too small',
    text: ledger('overflow: { limit: 1KiB }'),
    problems: [
      '16:24 VALUE `limit`: must be at least "1MiB" | What is stored at most: a size, or `{ bytes, age }`; 10GiB by default.',
    ],
  },
  {
    title: 'frames that are larger than the limit allows',
    text: ledger('overflow: { limit: 1MiB, frame: { bytes: 1MiB } }'),
    problems: [
      '16:46 VALUE `bytes`: must be at most an eighth of `limit`, which is 1048576 bytes; got 1048576 | Most bytes of messages that are written as one; a larger message is a frame of its own.',
    ],
  },
  {
    title: 'what an overflow that is full does not do',
    text: ledger('overflow: { whenFull: drop-middle }'),
    problems: [
      '16:27 VALUE `whenFull`: expected `block`, `reject`, `drop-oldest` or `drop-newest`, got "drop-middle" | What happens when `limit` is reached, or the store is out of reach, and memory is full. `block`, the default, slows the giver down; `reject` gives what comes back to its producer, which HTTP answers with 503; `drop-oldest` drops what was stored first and nobody has yet, `drop-newest` what has come last, and counts it.',
    ],
  },
  {
    title: 'an unknown mode',
    text: ledger('overflow: { mode: allways }'),
    problems: ['16:23 VALUE `mode`: expected `spill` or `always`, got "allways" | did you mean `always`?'],
  },
  {
    title: 'an unknown store',
    text: ledger('overflow: { store: embeded }'),
    problems: ['16:24 VALUE `store`: expected `embedded` or `redis`, got "embeded" | did you mean `embedded`?'],
  },
  {
    title: 'an unknown store with options',
    text: ledger('overflow: { store: { embeded: {} } }'),
    problems: ['16:26 KEY_UNKNOWN `embeded` is not a setting of `store` | did you mean `embedded`?'],
  },
  {
    title: 'no store',
    text: ledger('overflow: { store: {} }'),
    problems: [
      '16:24 VALUE `store`: must name one store: embedded, redis | Where it is stored: `embedded`, on the local disk, or `{ embedded: { folder } }`; or in Redis, `{ redis: { url } }`.',
    ],
  },
  {
    title: 'an unknown option of a store',
    text: ledger('overflow: { store: { embedded: { foldr: x } } }'),
    problems: ['16:38 KEY_UNKNOWN `foldr` is not a setting of `embedded` | did you mean `folder`?'],
  },
  {
    title: 'an unknown durability',
    text: ledger('overflow: { durability: fsync }'),
    problems: [
      '16:29 VALUE `durability`: expected `disk`, `os`, `aof`, `aof-always`, `replicated` or `memory`, got "fsync" | When a message counts as stored. Of `embedded`: `disk`, the default, when the disk has confirmed it; `os` when the system has it, which survives the process but no power cut. Of `redis`: `aof`, the default, when it is not lost with the server (a power cut may take the last two seconds); `aof-always`, when no power cut takes it; `replicated`, when it is not lost with its machine, beyond what a failover may take; `memory`, when it is not evicted. The server is checked for what it takes.',
    ],
  },
  {
    title: 'a durability of another store',
    text: ledger('overflow: { store: redis, durability: disk }'),
    problems: [
      '16:43 VALUE `durability`: must be one of `aof`, `aof-always`, `replicated`, `memory` with this `store` | When a message counts as stored. Of `embedded`: `disk`, the default, when the disk has confirmed it; `os` when the system has it, which survives the process but no power cut. Of `redis`: `aof`, the default, when it is not lost with the server (a power cut may take the last two seconds); `aof-always`, when no power cut takes it; `replicated`, when it is not lost with its machine, beyond what a failover may take; `memory`, when it is not evicted. The server is checked for what it takes.',
    ],
  },
  {
    title: 'two ways to one Redis',
    text: ledger("overflow: { store: { redis: { url: 'redis://x', cluster: ['y:1'] } } }"),
    problems: [
      '16:40 VALUE `url`: give one of `url`, `sentinels` and `cluster` | One server: redis://user:password@host:port/db, rediss:// with TLS. Without an address redis://127.0.0.1:6379.',
    ],
  },
  {
    title: 'an edge that drops, with an overflow',
    text: edge('{ whenFull: drop-oldest, overflow: true }'),
    problems: [
      '14:34 VALUE `whenFull`: is for an edge without `overflow`: that takes what there is no room for, and has a `whenFull` of its own | What happens to messages that this edge has not asked for. `block`, the default, slows the giver down; `spill` stores them, as `overflow: true` does.',
    ],
  },
  {
    title: 'an edge that drops at a node with an overflow',
    text: edge('{ whenFull: drop-oldest }', '    overflow: true\n'),
    problems: [
      '14:34 VALUE `whenFull`: is for an edge without `overflow`: that takes what there is no room for, and has a `whenFull` of its own | remove it, or give this edge none with `overflow: false`',
    ],
  },
  {
    title: 'an edge that spills and is to have no overflow',
    text: edge('{ whenFull: spill, overflow: false }'),
    problems: [
      '14:34 VALUE `whenFull`: needs an `overflow`, and this edge is to have none | What happens to messages that this edge has not asked for. `block`, the default, slows the giver down; `spill` stores them, as `overflow: true` does.',
    ],
  },
  {
    title: 'an edge that spills, with a queue',
    text: edge('{ whenFull: spill, queue: { messages: 5 } }'),
    problems: [
      '14:48 VALUE `queue`: needs `whenFull: drop-newest` or `whenFull: drop-oldest`: what an edge spills waits in the `memory` of its overflow | What may wait before this edge where `whenFull` drops; 1,000 messages by default.',
    ],
  },
  {
    title: 'an overflow at a producer',
    text: edited('path: /payments }', 'path: /payments }\n    overflow: true'),
    problems: [
      '5:5 KEY_MISPLACED `overflow` is a setting of stages and consumers, not of producers | remove it, or move it to a node that has it',
    ],
  },
  {
    title: 'a consumer that is to be durable',
    text: ledger('durable: true'),
    problems: [
      '16:5 KEY_MISPLACED `durable` is a setting of producers, not of consumers | remove it, or move it to a node that has it',
    ],
  },
  {
    title: 'a durable producer that nobody sends to',
    text: edited('path: /payments }', 'path: /payments }\n    durable: true'),
    problems: [
      "5:14 PIPELINE ingress can't be durable: nobody sends to `http`, which has no queue, and so nobody waits to hear that a message is stored | remove it, or say `overflow: { mode: always }` at a node that reads from this producer",
      '7:3 PIPELINE what fails at valid, batches, ledger for good goes back to the store of ingress, and comes again for ever | say `deadLetters: true` for the pipeline, or `onFailure: drop` where it fails',
    ],
  },
  {
    title: 'a durable producer with a mode',
    text: edited('path: /payments }', 'path: /payments }\n    durable: { mode: spill }'),
    problems: [
      '5:16 KEY_UNKNOWN `mode` is not a setting of `durable` | there are `memory`, `high`, `low`, `limit`, `whenFull`, `frame`, `codec`, `store` and `durability`',
    ],
  },
  {
    title: 'durability inside a store',
    text: ledger('overflow: { store: { redis: { durability: memory } }, durability: aof-always }'),
    problems: [
      '16:35 KEY_UNKNOWN `durability` is not a setting of `redis` | it is a setting of `overflow`: write it beside `store`',
    ],
  },
  {
    title: 'durability inside a store on the disk, and at the door',
    text: ledger('overflow: { store: { embedded: { durability: os } } }').replace(
      'path: /payments }',
      'path: /payments }\n    durable: { store: { redis: { durability: aof } } }',
    ),
    problems: [
      '5:34 KEY_UNKNOWN `durability` is not a setting of `redis` | it is a setting of `durable`: write it beside `store`',
      '17:38 KEY_UNKNOWN `durability` is not a setting of `embedded` | it is a setting of `overflow`: write it beside `store`',
    ],
  },
  {
    title: 'a lease in Redis that one late answer would end',
    text: ledger('overflow: { store: { redis: { lease: 500ms } } }'),
    problems: [
      '16:42 VALUE `lease`: a lease takes at least three times `commandTimeout`, so that one late answer does not end it | For how long an owner has the overflow without a word from it. After a crash another one begins so much later.',
    ],
  },
  {
    title: 'two overflows in one folder',
    text: ledger('overflow: { store: { embedded: { folder: /var/spill } } }').replace(
      'filter: data.amount > 0',
      'filter: data.amount > 0\n    overflow: { store: { embedded: { folder: /var/spill } } }',
    ),
    problems: [
      '17:5 EXCLUSIVE the overflow of `ingress → valid` and the overflow of `batches → ledger` both want `folder /var/spill` | name a `folder` for one of them, or for none: where nobody says, each overflow has one of its own',
    ],
  },
  {
    title: 'one folder for the overflows of two edges',
    text: ledger('overflow: { store: { embedded: { folder: /var/spill } } }').replace(
      'from: batches',
      'from: [batches, valid]',
    ),
    problems: [
      '16:5 EXCLUSIVE the overflow of `batches → ledger` and the overflow of `valid → ledger` both want `folder /var/spill` | name a `folder` for one of them, or for none: where nobody says, each overflow has one of its own',
    ],
  },
]

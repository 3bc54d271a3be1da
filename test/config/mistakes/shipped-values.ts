import type { ShippedMistake } from './mistake.ts'

export const mistakes: readonly ShippedMistake[] = [
  [
    'payments',
    'an octal port',
    'port: ${PORT:-8080}',
    'port: 0777',
    [
      '19:13 NUMBER `0777` starts with 0: octal to some, decimal to others | write 777 for the number, or "0777" for the text',
    ],
  ],
  [
    'payments',
    'a port beyond all',
    'port: ${PORT:-8080}',
    'port: 80800',
    [
      '19:13 VALUE `port`: must be at most 65535, got 80800 | Where it listens; 0 picks a free one, which the log names.',
    ],
  ],
  [
    'payments',
    'a negative port',
    'port: ${PORT:-8080}',
    'port: -1',
    ['19:13 VALUE `port`: must be at least 0, got -1 | Where it listens; 0 picks a free one, which the log names.'],
  ],
  [
    'payments',
    'a port with a comma',
    'port: ${PORT:-8080}',
    'port: 8,080',
    ['19:13 TYPE `port`: expected a number, got "8,080" | Where it listens; 0 picks a free one, which the log names.'],
  ],
  [
    'payments',
    'a hexadecimal port that is too large',
    'port: ${PORT:-8080}',
    'port: 0xfffff',
    [
      '19:13 VALUE `port`: must be at most 65535, got 1048575 | Where it listens; 0 picks a free one, which the log names.',
    ],
  ],
  [
    'payments',
    'a count with a unit',
    'messages: 10000',
    'messages: 10k',
    ['24:26 TYPE `messages`: expected a number, got "10k" | Most messages that wait.'],
  ],
  [
    'payments',
    'a count with underscores',
    'messages: 10000',
    'messages: 10_000',
    ['24:26 TYPE `messages`: expected a number, got "10_000" | Most messages that wait.'],
  ],
  [
    'payments',
    'a count that would be rounded',
    'messages: 10000',
    'messages: 9007199254740993',
    [
      '24:26 NUMBER `9007199254740993` is too large to be held exactly: at most 9007199254740991 | write a plain decimal number, or put it in quotes if it is text',
    ],
  ],
  [
    'payments',
    'a size without a unit',
    'bytes: 64MiB',
    'bytes: 64',
    [
      '24:40 TYPE `bytes`: write a unit: "64KiB", "64MiB" or "64GiB" | Most bytes that wait, as they are counted on the heap: twice what came over the wire.',
    ],
  ],
  [
    'payments',
    'a size with a unit of its own',
    'bytes: 64MiB',
    'bytes: 64Mb',
    [
      '24:40 VALUE `bytes`: "64Mb" is not a size: did you mean "64MB"? | Most bytes that wait, as they are counted on the heap: twice what came over the wire.',
    ],
  ],
  [
    'payments',
    'a size with a space too many and no unit',
    'bytes: 64MiB',
    'bytes: 64 M',
    [
      '24:40 VALUE `bytes`: unknown unit "M": the units are B, KB, KiB, MB, MiB, GB, GiB, TB, TiB | Most bytes that wait, as they are counted on the heap: twice what came over the wire.',
    ],
  ],
  [
    'payments',
    'a queue that is smaller than two bodies',
    'bytes: 64MiB',
    'bytes: 1MiB',
    [
      '18:5 VALUE `maxBody`: must be at most half of `queue.bytes`, where a body counts twice, or it could never be let in | Largest body; half of `queue.bytes` at most.',
    ],
  ],
  [
    'payments',
    'a duration in words',
    'stopTimeout: 25s',
    'stopTimeout: 25 seconds',
    [
      '13:14 VALUE `stopTimeout`: unknown unit "seconds": the units are ms, s, m, h, d | How long a stop may take: the deadline of the drain.',
    ],
  ],
  [
    'payments',
    'a negative duration',
    'stopTimeout: 25s',
    'stopTimeout: -25s',
    [
      '13:14 VALUE `stopTimeout`: "-25s": a duration cannot be negative | How long a stop may take: the deadline of the drain.',
    ],
  ],
  [
    'payments',
    'a duration of two units',
    'timeout: 200ms',
    'timeout: 1s200ms',
    [
      '52:53 VALUE `timeout`: "1s200ms" is not a duration: write one number and one unit, as "10ms", "10s", "10m", "10h" or "10d" | How long the first message of a batch waits at most; what comes later does not extend it.',
    ],
  ],
  [
    'payments',
    'a clock time, which some read as a number of base 60',
    'timeout: 200ms',
    'timeout: 1:30',
    [
      '52:53 VALUE `timeout`: "1:30" is not a duration: write one number and one unit, as "10ms", "10s", "10m", "10h" or "10d" | How long the first message of a batch waits at most; what comes later does not extend it.',
    ],
  ],
  [
    'payments',
    'a batch of none',
    'size: 100',
    'size: 0',
    ['52:39 VALUE `size`: must be at least 1, got 0 | Largest batch, in messages.'],
  ],
  [
    'payments',
    'a batch beyond all',
    'size: 100',
    'size: 1e9',
    ['52:39 VALUE `size`: must be at most 10000, got 1000000000 | Largest batch, in messages.'],
  ],
  [
    'payments',
    'a yes',
    'reject: true',
    'reject: yes',
    ['37:15 TYPE `reject`: expected true or false, got "yes" | write true or false: YAML takes nothing else for them'],
  ],
  [
    'payments',
    'an address that others can reach, without a token',
    '      path: /payments',
    '      host: 0.0.0.0\n      path: /payments',
    [
      '20:13 VALUE `host`: other machines can reach this `host`: set a `token` of at least 16 characters, or listen on 127.0.0.1 | The address it listens on; any that other machines can reach needs a `token`.',
    ],
  ],
  [
    'payments',
    'a token that is too short',
    '      path: /payments',
    '      token: secret\n      path: /payments',
    [
      '20:14 VALUE `token`: must have at least 16 characters, got "secret" | What clients must send as `Authorization: Bearer <token>`.',
    ],
  ],
  [
    'payments',
    'a path without its slash',
    'path: /payments',
    'path: payments',
    [
      '20:13 VALUE `path`: must start with "/", without "?" and "#" | Where to send to; starts with "/", without "?" and "#". Any other path is answered with 404.',
    ],
  ],
  [
    'payments',
    'a path with a query',
    'path: /payments',
    'path: /payments?a=1',
    [
      '20:13 VALUE `path`: must start with "/", without "?" and "#" | Where to send to; starts with "/", without "?" and "#". Any other path is answered with 404.',
    ],
  ],
  [
    'payments',
    'the name of a header with a space',
    '      path: /payments',
    '      headers: [X Request]\n      path: /payments',
    ['20:17 VALUE `headers[0]`: must be the name of a header'],
  ],
  [
    'payments',
    'a null for a path',
    'path: /payments',
    'path: ~',
    [
      '20:13 TYPE `path`: expected a string, got nothing | Where to send to; starts with "/", without "?" and "#". Any other path is answered with 404.',
    ],
  ],
]

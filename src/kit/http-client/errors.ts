/** Every code of what sends by HTTP; part of the table of the built-in components. A code is never used for something else later. */
export const REQUEST_ERRORS = {
  SLUICE_REQUEST_UNREACHABLE: {
    kind: 'place',
    summary: 'the server cannot be reached; nothing was sent',
    hint: 'check `url`, that the server runs and takes connections from here, and that its name can be resolved',
    exitCode: 69,
  },
  SLUICE_REQUEST_LOST: {
    kind: 'place',
    summary: 'the connection broke before the answer came; whether the request took effect is unknown',
    hint: 'see the cause; let the server tell repeated requests by their `Idempotency-Key`',
    exitCode: 69,
  },
  SLUICE_REQUEST_TIMED_OUT: {
    kind: 'place',
    summary: 'the answer did not come in time; whether the request took effect is unknown',
    hint: 'find out what the server is busy with, send less at once, or raise `timeout`',
    exitCode: 69,
  },
  SLUICE_REQUEST_THROTTLED: {
    kind: 'place',
    summary: 'the server wants to be asked later (408, 425, 429)',
    hint: 'nothing: it is asked again after its Retry-After; lower `concurrency` where that happens often',
    exitCode: 75,
  },
  SLUICE_REQUEST_FAILED: {
    kind: 'place',
    summary: 'the server has failed (5xx)',
    hint: 'see the answer in the message, and the log of the server',
    exitCode: 69,
  },
  SLUICE_REQUEST_UNAUTHORIZED: {
    kind: 'place',
    summary: 'the server does not take the credentials (401, 403, 407)',
    hint: 'check `auth`, its file or variable, and what the server lets it do',
    exitCode: 77,
  },
  SLUICE_REQUEST_NOT_SERVED: {
    kind: 'place',
    summary: 'the server serves no such requests at this URL, whatever is in them (404, 405, 406, 410, 415, 421, 426)',
    hint: 'check `url`, `method` and `body`; where such a status is about the message, say so in `statuses`',
    exitCode: 78,
  },
  SLUICE_REQUEST_REDIRECTED: {
    kind: 'place',
    summary: 'the server sends elsewhere (3xx), where nothing is sent',
    hint: 'write where the answer leads to as `url`, if that is right',
    exitCode: 78,
  },
  SLUICE_REQUEST_REJECTED: {
    kind: 'message',
    summary: 'the server does not take a message (4xx, or by its result)',
    hint: 'see the answer in the message; the same message would be refused again',
  },
  SLUICE_REQUEST_ANSWER_INVALID: {
    kind: 'place',
    summary: 'what the server answers is not what it should be',
    hint: 'check that an HTTP server listens there, and that `results` fits what it answers',
    exitCode: 69,
  },
  SLUICE_REQUEST_ANSWER_TOO_LARGE: {
    kind: 'message',
    summary: 'the answer is larger than is allowed',
    hint: 'ask for less, or raise `maxAnswer`',
  },
  SLUICE_REQUEST_ADDRESS_REFUSED: {
    kind: 'place',
    summary: 'the address to connect to is not allowed',
    hint: 'add it to `allow` if it is right; otherwise find out why the name of the host leads there',
    exitCode: 77,
  },
  SLUICE_REQUEST_TLS: {
    kind: 'place',
    summary: 'no TLS connection comes about, or the certificate of the server is not trusted',
    hint: 'give the certificate of its authority as `tls.ca`, and check that it is valid today and for this host',
    exitCode: 78,
  },
  SLUICE_REQUEST_FILE: {
    kind: 'place',
    summary: 'a file of `auth` or `tls` cannot be used',
    hint: 'give the path of a file that this user may read, with a secret of one line, or in PEM format',
    exitCode: 66,
  },
  SLUICE_REQUEST_INVALID: {
    kind: 'message',
    summary: 'no request can be made of a message',
    hint: 'see the message: it names the header, parameter or field, and what is expected',
  },
  SLUICE_REQUEST_MERGE: {
    kind: 'message',
    summary: 'the answer cannot be put into the message',
    hint: 'let the data be an object; of a batch the answer is a list with one value per part',
  },
} as const

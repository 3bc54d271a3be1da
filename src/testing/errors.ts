import { placeError, type SluiceError } from '../core/errors.ts'

interface TestingErrorEntry {
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
}

/** Every code of the test kit. A code is never used for something else later. */
export const TESTING_ERRORS = {
  SLUICE_TESTING_COMPONENT: {
    summary: 'what is to be tried is no component',
    hint: 'give what a factory gives, as `filter(…)`, or what `defineStage`, `defineConsumer` or `defineProducer` gives',
  },
  SLUICE_TESTING_OPTIONS: {
    summary: 'the options or settings of the component are refused',
    hint: 'options stand in the call of a factory, or as `options` beside a definition; settings are those of a pipeline',
  },
  SLUICE_TESTING_MISUSE: {
    summary: 'a run of a component was asked for something that it cannot do',
    hint: 'the docs of `harness` and `conformance` say what they can be asked for',
  },
  SLUICE_TESTING_IN_VAIN: {
    summary: 'a test waited for something that did not come',
    hint: 'grant more, advance the clock, or see what was logged; real I/O needs `until`',
  },
  SLUICE_TESTING_RECORDING: {
    summary: 'what is to be replayed is no recording of a pipeline',
    hint: 'give the parsed JSON of a file that `sluice dump` has written, of the same version of Sluice',
  },
  SLUICE_TESTING_STORE: {
    summary: 'a store of frames breaks its contract',
    hint: 'the name of the check says what is asked of it; the docs of `FrameStore` say more',
  },
  SLUICE_TESTING_BREACH: {
    summary: 'a component breaks a rule of the contract',
    hint: 'the name of the check has the rule: D and A are in PROTOCOL.md, RS is the Reactive Streams specification',
  },
} as const satisfies Record<string, TestingErrorEntry>

/** An error with a code of the table; the hint stands behind the message, where whoever reads a test's output sees it. */
export function testingError(code: keyof typeof TESTING_ERRORS, message: string, cause?: unknown): SluiceError {
  return placeError(code, `${message} (${TESTING_ERRORS[code].hint})`, cause)
}

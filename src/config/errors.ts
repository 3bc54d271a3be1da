import { KERNEL_ERRORS, SluiceError } from '../core/errors.ts'
import { REGISTRY_ERRORS } from '../registry/errors.ts'
import type { Path } from './wording.ts'

interface ConfigErrorEntry {
  readonly summary: string
  /** What to do about it, where a problem says nothing closer; left out where only its message can tell. */
  readonly hint?: string
}

/** Every code of config. A code is never used for something else later. */
export const CONFIG_ERRORS = {
  SLUICE_CONFIG_FILE_MISSING: {
    summary: 'there is no such file',
    hint: 'check the path; it is taken from the folder the command runs in',
  },
  SLUICE_CONFIG_FILE_DIRECTORY: { summary: 'this is a folder, not a file', hint: 'name the file inside it' },
  SLUICE_CONFIG_FILE_PERMISSION: {
    summary: 'the file may not be read',
    hint: 'give the user that runs this read permission on the file and its folders',
  },
  SLUICE_CONFIG_FILE_IO: {
    summary: 'the file could not be read',
    hint: 'check the disk; the system error is named in the message',
  },
  SLUICE_CONFIG_FOLDER_EMPTY: {
    summary: 'there is no pipeline in a folder',
    hint: 'pipelines are its .yaml, .yml, .ts, .mts, .js and .mjs files; those in folders below it are not looked for',
  },
  SLUICE_CONFIG_FILE_ENCODING: { summary: 'the file is not UTF-8 text', hint: 'save it as UTF-8' },
  SLUICE_CONFIG_FILE_EMPTY: {
    summary: 'the file holds no pipeline',
    hint: 'start with `pipeline: <name>`, then `producers:`, `stages:` and `consumers:`',
  },
  SLUICE_CONFIG_TOO_COMPLEX: {
    summary: 'the file is larger or deeper than a config may be',
    hint: 'split it into several pipelines, one file each',
  },
  SLUICE_CONFIG_YAML_SYNTAX: {
    summary: 'this is not YAML',
    hint: 'see the place that is named; text with special characters goes in quotes',
  },
  SLUICE_CONFIG_YAML_INDENTATION: {
    summary: 'a line is indented in a way that YAML cannot read',
    hint: 'keys of one map start at the same column; what belongs to a key is indented deeper, with spaces',
  },
  SLUICE_CONFIG_YAML_UNQUOTED: {
    summary: 'YAML makes something else of this text',
    hint: 'put it in quotes',
  },
  SLUICE_CONFIG_YAML_DUPLICATE: {
    summary: 'a key stands twice in one map',
    hint: 'keep one of them',
  },
  SLUICE_CONFIG_YAML_ALIAS: {
    summary: 'anchors and aliases are not allowed',
    hint: 'write the value out; an expression that starts with `*` or `&` goes in quotes',
  },
  SLUICE_CONFIG_YAML_DOCUMENTS: {
    summary: 'the file holds more than one document',
    hint: 'one file is one pipeline: move what follows into a file of its own',
  },
  SLUICE_CONFIG_NUMBER: {
    summary: 'a number that cannot be taken as it is written',
    hint: 'write a plain decimal number, or put it in quotes if it is text',
  },
  SLUICE_CONFIG_VARIABLE_MISSING: {
    summary: 'a variable is not set',
    hint: 'set it in the environment, or give a default: `${NAME:-default}`',
  },
  SLUICE_CONFIG_VARIABLE_SYNTAX: {
    summary: 'this is not a variable',
    hint: 'write `${NAME}` or `${NAME:-default}`; a `${` that is meant as text is written `$${`',
  },
  SLUICE_CONFIG_VARIABLE_VALUE: {
    summary: 'what a variable holds does not fit here',
    hint: 'set the variable to what is expected',
  },
  SLUICE_CONFIG_KEY_UNKNOWN: {
    summary: 'a key that means nothing here',
    hint: 'remove it',
  },
  SLUICE_CONFIG_KEY_MISPLACED: {
    summary: 'a setting that this kind of node does not have',
    hint: 'remove it, or move it to a node that has it',
  },
  SLUICE_CONFIG_KEY_MISSING: { summary: 'something required is missing', hint: 'add it' },
  SLUICE_CONFIG_TYPE: { summary: 'a value of the wrong type' },
  SLUICE_CONFIG_VALUE: { summary: 'a value that is not allowed' },
  SLUICE_CONFIG_EXPRESSION: {
    summary: 'an expression that cannot be compiled',
    hint: 'expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
  },
  SLUICE_CONFIG_NAME: {
    summary: 'a name with characters that names may not have',
    hint: 'a name starts with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most',
  },
  SLUICE_CONFIG_NAME_TWICE: {
    summary: 'two nodes have one name',
    hint: 'rename one of them; a name is used once in a pipeline, whatever the section',
  },
  SLUICE_CONFIG_COMPONENT_MISSING: {
    summary: 'a node does not say what it runs',
    hint: 'name exactly one component, such as `filter:` or `stdout:`',
  },
  SLUICE_CONFIG_COMPONENT_MANY: {
    summary: 'a node names several components',
    hint: 'make a node of each; one reads `from` the other',
  },
  SLUICE_CONFIG_COMPONENT_KIND: {
    summary: 'a component that belongs in another section',
    hint: 'move the node to the section of its kind',
  },
  SLUICE_CONFIG_COMPONENT_BROKEN: {
    summary: 'a component that cannot be used',
    hint: 'this is a mistake in the component, not in this file',
  },
  SLUICE_CONFIG_FROM_UNKNOWN: {
    summary: '`from` names a node that is not there',
    hint: 'name a producer or a stage of this file',
  },
  SLUICE_CONFIG_FROM_CONSUMER: {
    summary: '`from` names a consumer',
    hint: 'nothing comes out of a consumer: name the stage or producer that it reads from',
  },
  SLUICE_CONFIG_FROM_TWICE: {
    summary: '`from` names a node twice',
    hint: 'name it once: a node reads from another over one edge',
  },
  SLUICE_CONFIG_CYCLE: {
    summary: 'nodes read from each other in a circle',
    hint: 'messages flow one way: take one of these edges out',
  },
  SLUICE_CONFIG_UNUSED: {
    summary: 'a node that nobody reads from',
    hint: 'let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
  },
  SLUICE_CONFIG_INCOMPLETE: {
    summary: 'a pipeline without a beginning or an end',
    hint: 'a pipeline has at least one producer and one consumer',
  },
  SLUICE_CONFIG_DEAD_LETTERS_MISSING: {
    summary: 'failures with nowhere to go',
    hint: 'say at the top where dead letters go, as `deadLetters: true`, or choose another policy',
  },
  SLUICE_CONFIG_DEAD_LETTERS_LOOP: { summary: 'dead letters that come in again', hint: 'let them go elsewhere' },
  SLUICE_CONFIG_EXCLUSIVE: {
    summary: 'two nodes want what only one can have',
    hint: 'give one of them another port or file, or read from one node twice',
  },
  SLUICE_CONFIG_PIPELINE_TWICE: {
    summary: 'two pipelines of one process have one name',
    hint: 'rename one of them: a pipeline is known by its name in logs, metrics and on disk',
  },
  SLUICE_CONFIG_PLUGIN_NAME: {
    summary: 'a plugin brings a component whose name is taken',
    hint: 'rename the component of the plugin, or leave one of the plugins out',
  },
  SLUICE_CONFIG_PIPELINE: { summary: 'the settings of the pipeline do not go together' },
} as const satisfies Record<string, ConfigErrorEntry>

export type ConfigErrorCode = keyof typeof CONFIG_ERRORS

/** What a problem may have: a code of config, or of what it loads. */
export type ProblemCode = ConfigErrorCode | keyof typeof REGISTRY_ERRORS | 'SLUICE_COMPONENT_INVALID'

const ENTRIES: Readonly<Record<ProblemCode, ConfigErrorEntry>> = {
  ...CONFIG_ERRORS,
  ...REGISTRY_ERRORS,
  SLUICE_COMPONENT_INVALID: KERNEL_ERRORS.SLUICE_COMPONENT_INVALID,
}

/** Whether a code can be that of a problem. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(ENTRIES, code)
}

/** What to do about a problem with this code, in general. */
export function hintOf(code: ProblemCode): string | undefined {
  return ENTRIES[code].hint
}

/** A stretch of a file. Lines and columns count from 1, columns in UTF-16 units as editors do; the end is exclusive. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** A stretch of some file; of a file as a whole, or where the place in it isn't known, without lines. */
export interface Place extends Partial<Span> {
  readonly file: string
}

/** A second place that a problem has to do with. */
export interface RelatedPlace extends Place {
  readonly message: string
}

/**
 * One thing that is wrong with a config. Plain data: it may go to an editor as JSON.
 * A problem of the file itself (it is missing, it may not be read) has no line and no column.
 */
export interface Problem extends Place {
  readonly code: ProblemCode
  readonly severity: 'error' | 'warning'
  /** Where it is in the document; it may end in a key that is missing. */
  readonly path: Path
  /** What is wrong. */
  readonly message: string
  /** What should stand there, in a few words. */
  readonly expected?: string
  /** The known name that was probably meant. */
  readonly nearest?: string
  /** What to do about it, where the message doesn't say it already. */
  readonly hint?: string
  readonly related?: readonly RelatedPlace[]
}

/** A config that can't be used, with all that is wrong with it. */
export class ConfigError extends SluiceError {
  readonly file: string
  /** At least one error, beside warnings; in the order of the file. */
  readonly problems: readonly Problem[]
  /** Problems beyond those that are listed: of errors, and of warnings, the first 200 are. */
  readonly omitted: number
  /** The text of the file, for `renderProblems`; undefined where it couldn't be read. */
  readonly text: string | undefined

  constructor(
    file: string,
    problems: readonly Problem[],
    details: { text?: string; omitted?: number; message?: string } = {},
  ) {
    const errors = problems.filter((problem) => problem.severity === 'error')
    const first = errors[0]!
    const more = errors.length + (details.omitted ?? 0) - 1
    const message = more > 0 ? `${first.message} (and ${more} more in ${file})` : `${first.message} (${file})`
    super(first.code, details.message ?? message, { kind: 'place' })
    this.name = 'ConfigError'
    this.file = file
    this.problems = problems
    this.omitted = details.omitted ?? 0
    this.text = details.text
    // Who doesn't catch it is shown its fields, too; the message has said it all.
    for (const field of ['problems', 'omitted', 'text']) Object.defineProperty(this, field, { enumerable: false })
  }
}

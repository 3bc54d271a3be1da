import { SluiceError } from '../core/errors.ts'
import type { Problem } from './problems.ts'

/** What a process exits with, after sysexits: no input, input/output error, no permission, bad configuration. */
type ExitCode = 66 | 74 | 77 | 78

interface ConfigErrorEntry {
  readonly exitCode: ExitCode
  readonly summary: string
  /** What to do about it, where a problem says nothing closer; left out where only its message can tell. */
  readonly hint?: string
}

/** Every code of config. A code is never used for something else later. */
export const CONFIG_ERRORS = {
  SLUICE_CONFIG_FILE_MISSING: {
    exitCode: 66,
    summary: 'there is no such file',
    hint: 'check the path; it is taken from the folder the command runs in',
  },
  SLUICE_CONFIG_FILE_DIRECTORY: {
    exitCode: 66,
    summary: 'this is a folder, not a file',
    hint: 'name the file inside it',
  },
  SLUICE_CONFIG_FILE_PERMISSION: {
    exitCode: 77,
    summary: 'the file may not be read',
    hint: 'give the user that runs this read permission on the file and its folders',
  },
  SLUICE_CONFIG_FILE_IO: {
    exitCode: 74,
    summary: 'the file could not be read',
    hint: 'check the disk; the system error is named in the message',
  },
  SLUICE_CONFIG_FILE_ENCODING: {
    exitCode: 78,
    summary: 'the file is not UTF-8 text',
    hint: 'save it as UTF-8',
  },
  SLUICE_CONFIG_FILE_EMPTY: {
    exitCode: 78,
    summary: 'the file holds no pipeline',
    hint: 'start with `pipeline: <name>`, then `producers:`, `stages:` and `consumers:`',
  },
  SLUICE_CONFIG_TOO_COMPLEX: {
    exitCode: 78,
    summary: 'the file is larger or deeper than a config may be',
    hint: 'split it into several pipelines, one file each',
  },
  SLUICE_CONFIG_YAML_SYNTAX: {
    exitCode: 78,
    summary: 'this is not YAML',
    hint: 'see the place that is named; text with special characters goes in quotes',
  },
  SLUICE_CONFIG_YAML_INDENTATION: {
    exitCode: 78,
    summary: 'a line is indented in a way that YAML cannot read',
    hint: 'keys of one map start at the same column; what belongs to a key is indented deeper, with spaces',
  },
  SLUICE_CONFIG_YAML_UNQUOTED: {
    exitCode: 78,
    summary: 'YAML makes something else of this text',
    hint: 'put it in quotes',
  },
  SLUICE_CONFIG_YAML_DUPLICATE: {
    exitCode: 78,
    summary: 'a key stands twice in one map',
    hint: 'keep one of them',
  },
  SLUICE_CONFIG_YAML_ALIAS: {
    exitCode: 78,
    summary: 'anchors and aliases are not allowed',
    hint: 'write the value out; an expression that starts with `*` or `&` goes in quotes',
  },
  SLUICE_CONFIG_YAML_DOCUMENTS: {
    exitCode: 78,
    summary: 'the file holds more than one document',
    hint: 'one file is one pipeline: move what follows into a file of its own',
  },
  SLUICE_CONFIG_NUMBER: {
    exitCode: 78,
    summary: 'a number that cannot be taken as it is written',
    hint: 'write a plain decimal number, or put it in quotes if it is text',
  },
  SLUICE_CONFIG_VARIABLE_MISSING: {
    exitCode: 78,
    summary: 'a variable is not set',
    hint: 'set it in the environment, or give a default: `${NAME:-default}`',
  },
  SLUICE_CONFIG_VARIABLE_SYNTAX: {
    exitCode: 78,
    summary: 'this is not a variable',
    hint: 'write `${NAME}` or `${NAME:-default}`; a `${` that is meant as text is written `$${`',
  },
  SLUICE_CONFIG_VARIABLE_VALUE: {
    exitCode: 78,
    summary: 'what a variable holds does not fit here',
    hint: 'set the variable to what is expected',
  },
  SLUICE_CONFIG_KEY_UNKNOWN: {
    exitCode: 78,
    summary: 'a key that means nothing here',
    hint: 'remove it',
  },
  SLUICE_CONFIG_KEY_MISPLACED: {
    exitCode: 78,
    summary: 'a setting that this kind of node does not have',
    hint: 'remove it, or move it to a node that has it',
  },
  SLUICE_CONFIG_KEY_MISSING: {
    exitCode: 78,
    summary: 'something required is missing',
    hint: 'add it',
  },
  SLUICE_CONFIG_TYPE: {
    exitCode: 78,
    summary: 'a value of the wrong type',
  },
  SLUICE_CONFIG_VALUE: {
    exitCode: 78,
    summary: 'a value that is not allowed',
  },
  SLUICE_CONFIG_EXPRESSION: {
    exitCode: 78,
    summary: 'an expression that cannot be compiled',
    hint: 'expressions are written as in JavaScript, over `data`, `key`, `headers`, `time`, `priority`, `attempt` and `id`',
  },
  SLUICE_CONFIG_NAME: {
    exitCode: 78,
    summary: 'a name with characters that names may not have',
    hint: 'a name starts with a small letter; small letters, digits, `-` and `_` follow, 63 characters at most',
  },
  SLUICE_CONFIG_NAME_TWICE: {
    exitCode: 78,
    summary: 'two nodes have one name',
    hint: 'rename one of them; a name is used once in a pipeline, whatever the section',
  },
  SLUICE_CONFIG_COMPONENT_MISSING: {
    exitCode: 78,
    summary: 'a node does not say what it runs',
    hint: 'name exactly one component, such as `filter:` or `stdout:`',
  },
  SLUICE_CONFIG_COMPONENT_MANY: {
    exitCode: 78,
    summary: 'a node names several components',
    hint: 'make a node of each; one reads `from` the other',
  },
  SLUICE_CONFIG_COMPONENT_KIND: {
    exitCode: 78,
    summary: 'a component that belongs in another section',
    hint: 'move the node to the section of its kind',
  },
  SLUICE_CONFIG_COMPONENT_BROKEN: {
    exitCode: 78,
    summary: 'a component that cannot be used',
    hint: 'this is a mistake in the component, not in this file',
  },
  SLUICE_CONFIG_FROM_UNKNOWN: {
    exitCode: 78,
    summary: '`from` names a node that is not there',
    hint: 'name a producer or a stage of this file',
  },
  SLUICE_CONFIG_FROM_CONSUMER: {
    exitCode: 78,
    summary: '`from` names a consumer',
    hint: 'nothing comes out of a consumer: name the stage or producer that it reads from',
  },
  SLUICE_CONFIG_FROM_TWICE: {
    exitCode: 78,
    summary: '`from` names a node twice',
    hint: 'name it once: a node reads from another over one edge',
  },
  SLUICE_CONFIG_CYCLE: {
    exitCode: 78,
    summary: 'nodes read from each other in a circle',
    hint: 'messages flow one way: take one of these edges out',
  },
  SLUICE_CONFIG_UNUSED: {
    exitCode: 78,
    summary: 'a node that nobody reads from',
    hint: 'let a stage or consumer say `from` it, or remove it; `discard` is a consumer for what nobody needs',
  },
  SLUICE_CONFIG_INCOMPLETE: {
    exitCode: 78,
    summary: 'a pipeline without a beginning or an end',
    hint: 'a pipeline has at least one producer and one consumer',
  },
  SLUICE_CONFIG_EXCLUSIVE: {
    exitCode: 78,
    summary: 'two nodes want what only one can have',
    hint: 'give one of them another port or file, or read from one node twice',
  },
  SLUICE_CONFIG_PIPELINE: {
    exitCode: 78,
    summary: 'the settings of the pipeline do not go together',
  },
} as const satisfies Record<string, ConfigErrorEntry>

export type ConfigErrorCode = keyof typeof CONFIG_ERRORS

/** What to do about a problem with this code, in general. */
export function hintOf(code: ConfigErrorCode): string | undefined {
  const entry: ConfigErrorEntry = CONFIG_ERRORS[code]
  return entry.hint
}

/** A config that can't be used, with all that is wrong with it. */
export class ConfigError extends SluiceError {
  readonly file: string
  /** At least one error, beside warnings; in the order of the file. */
  readonly problems: readonly Problem[]
  /** Problems beyond those that are listed. */
  readonly omitted: number
  /** The text of the file, for `renderProblems`; undefined where it couldn't be read. */
  readonly text: string | undefined

  constructor(file: string, problems: readonly Problem[], details: { text?: string; omitted?: number } = {}) {
    const errors = problems.filter((problem) => problem.severity === 'error')
    const first = errors[0]!
    const more = errors.length + (details.omitted ?? 0) - 1
    super(first.code, more > 0 ? `${first.message} (and ${more} more in ${file})` : `${first.message} (${file})`, {
      kind: 'place',
    })
    this.name = 'ConfigError'
    this.file = file
    this.problems = problems
    this.omitted = details.omitted ?? 0
    this.text = details.text
  }

  /** What a command that can't go on without this config exits with. */
  get exitCode(): ExitCode {
    return exitCodeOf(this.code as ConfigErrorCode)
  }
}

/** What a command exits with because of a problem with this code. */
export function exitCodeOf(code: ConfigErrorCode): ExitCode {
  return CONFIG_ERRORS[code].exitCode
}

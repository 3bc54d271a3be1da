/**
 * What the reference is made of: built files for the script, sources for a test.
 *
 * @typedef {object} Build
 * @property {import('../../src/registry/registry.ts').Registry} registry
 * @property {typeof import('../../src/config/settings.ts')} settings
 * @property {typeof import('../../src/kit/expression/language.ts')['NAMES']} names
 * @property {typeof import('../../src/kit/expression/functions.ts')['FUNCTIONS']} functions
 * @property {Readonly<Record<string, string>>} exits what each exit code means.
 * @property {typeof import('../../src/daemon/metric-table.ts')['METRIC_FAMILIES']} metrics
 * @property {readonly ErrorTable[]} errors
 * @property {import('commander').Command} commands the command line.
 * @property {string} schemaText the JSON Schema of a file, as it is written down.
 *
 * @typedef {object} ErrorTable
 * @property {string} title
 * @property {string} about what its codes have in common.
 * @property {Readonly<Record<string, ErrorEntry>>} entries by code.
 *
 * @typedef {object} ErrorEntry
 * @property {string} summary
 * @property {string} [hint]
 * @property {'message' | 'place'} [kind]
 * @property {number} [status] of the HTTP answer.
 * @property {number} [exitCode]
 */

/**
 * @param {string} path of a source, from src/ on and without its ending.
 */
const load = (path) => import(new URL(`../../dist/${path}.js`, import.meta.url).href)

/**
 * Loads what has been built.
 *
 * @returns {Promise<Build>}
 */
export async function built() {
  return buildOf(load)
}

/**
 * @param {(path: string) => Promise<any>} from loads a module of src/.
 * @returns {Promise<Build>}
 */
export async function buildOf(from) {
  const { createRegistry } = await from('registry/registry')
  const { pipelineSchema } = await from('config/json-schema')
  const registry = createRegistry()
  return {
    registry,
    commands: (await from('cli/program')).commandLine(),
    schemaText: `${JSON.stringify(await pipelineSchema(registry), undefined, 2)}\n`,
    settings: await from('config/settings'),
    names: (await from('kit/expression/language')).NAMES,
    functions: (await from('kit/expression/functions')).FUNCTIONS,
    exits: (await from('daemon/exit-codes')).EXIT_MEANINGS,
    metrics: (await from('daemon/metric-table')).METRIC_FAMILIES,
    errors: await errorTables(from),
  }
}

/**
 * @param {(path: string) => Promise<any>} from
 * @returns {Promise<ErrorTable[]>}
 */
async function errorTables(from) {
  const tables = await Promise.all(ERROR_TABLES.map(async ([, , path, name]) => (await from(path))[name]))
  return ERROR_TABLES.map(([title, about], index) => ({ title, about, entries: tables[index] }))
}

/** Title, what it is about, and where the table is. @type {readonly (readonly [string, string, string, string])[]} */
const ERROR_TABLES = [
  [
    'Config',
    'Mistakes in a file. All are told at once, each with its line and column.',
    'config/errors',
    'CONFIG_ERRORS',
  ],
  [
    'Answers of an HTTP door',
    'The `code` in the body of an answer that is not about the outcome of a message, and its status.',
    'kit/http/refusal',
    'HTTP_REFUSALS',
  ],
  ['Input, expressions and units', 'What comes from outside and cannot be taken.', 'kit/errors', 'KIT_ERRORS'],
  [
    'Components',
    'Of the built-in components. The exit code is that of a process whose pipeline it ends.',
    'kit/component-errors',
    'COMPONENT_ERRORS',
  ],
  [
    'Stores on disk',
    'Of logs and dead letters. The exit code is that of a process whose pipeline it ends.',
    'overflow/errors',
    'OVERFLOW_ERRORS',
  ],
  [
    'Redis',
    'Of what talks to Redis. Those that pass are waited for; else the exit code is that of a process whose pipeline it ends.',
    'redis/errors',
    'REDIS_ERRORS',
  ],
  [
    'Streams of Redis',
    'Of what reads and writes streams. The exit code is that of a process whose pipeline it ends.',
    'redis/stream/errors',
    'STREAM_ERRORS',
  ],
  [
    'Lists and pub/sub of Redis',
    'Of what reads and writes lists, and of what hears and publishes.',
    'redis/text-errors',
    'TEXT_ERRORS',
  ],
  [
    'Groups over Redis',
    'What `joinGroup` throws, and what the groups of pipelines tell in the log.',
    'redis/group/errors',
    'GROUP_ERRORS',
  ],
  ['Kernel', 'What goes wrong with messages and nodes, whatever the component.', 'core/errors', 'KERNEL_ERRORS'],
  [
    'Loading components and modules',
    'A component, plugin or pipeline file that is missing, cannot be loaded, or is none.',
    'registry/errors',
    'REGISTRY_ERRORS',
  ],
  [
    'Daemon',
    'Of the process around the pipelines; those with a status are answers of the admin server.',
    'daemon/errors',
    'DAEMON_ERRORS',
  ],
]

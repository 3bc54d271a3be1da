/**
 * The layers. An import points right, or stays in its folder; the three component folders never import each other.
 * What tests and benches import from `src` is their own affair.
 */
const LAYERS = [
  ['cli'],
  ['daemon'],
  ['config'],
  ['registry'],
  ['producers', 'stages', 'consumers'],
  ['overflow'],
  ['redis'],
  ['kit'],
  ['core'],
]

const folders = (names) => `^src/(${names.join('|')})/`

/** Each folder may import what stands right of it: forbidden is all that stands left, and beside it. */
const layerRules = LAYERS.flatMap((layer, depth) =>
  layer.map((folder) => {
    const above = LAYERS.slice(0, depth).flat()
    const beside = layer.filter((name) => name !== folder)
    return {
      name: `layer-${folder}`,
      comment: `src/${folder} imports only what is right of it: ${LAYERS.map((names) => names.join(' · ')).join(' → ')}.`,
      severity: 'error',
      from: { path: folders([folder]) },
      // The test kit and the package's entries are above every layer.
      to: {
        path: [
          ...(above.length + beside.length > 0 ? [folders([...above, ...beside])] : []),
          '^src/testing/',
          '^src/index[.]ts$',
        ],
      },
    }
  }),
)

const NODE_BUILT_INS_OF_THE_CLOCK = '^(node:)?(timers|timers/promises|perf_hooks)$'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    {
      name: 'core-imports-nothing',
      comment:
        'The kernel does no I/O and has no libraries; what it needs of the world comes in through `Env`. Types may be imported.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: '^src/core/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'stages-own-no-clock',
      comment: 'A stage takes time and chance from its context, so that a test owns them.',
      severity: 'error',
      from: { path: '^src/stages/' },
      to: { path: NODE_BUILT_INS_OF_THE_CLOCK },
    },
    {
      name: 'components-load-lightly',
      comment:
        'Who imports `sluice/stages` loads all of them: what one needs beside schemas and expressions, it imports in `open`.',
      severity: 'error',
      from: { path: '^src/(producers|stages|consumers|kit)/' },
      to: {
        dependencyTypes: ['npm'],
        dependencyTypesNot: ['type-only'],
        dynamic: false,
        pathNot: '/(zod|acorn|fastest-levenshtein)/',
      },
    },
    {
      name: 'testing-below-cli',
      comment: 'The test kit may import all but the command line.',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'src-stands-alone',
      comment: 'What is shipped imports nothing that is not.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|config|dist)/' },
    },
    {
      name: 'no-circular',
      comment: 'Modules in a circle, be it of types, cannot be read, tested or moved one by one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dev-dependency-in-src',
      comment: 'Users install `dependencies` only, and of the peers those whose components they use.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-undeclared-package',
      comment: 'A package that is there by chance is not there on the next machine.',
      severity: 'error',
      from: {},
      // What `peerDependenciesMeta` says of a package is of an unknown kind, beside the one that it has.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-deprecated-built-in',
      comment: 'Node.js has deprecated this module.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['deprecated'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|test/[.]tmp)/' },
    moduleSystems: ['es6'],
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
}

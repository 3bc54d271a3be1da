import definition from '../../dist/stages/rx.js'

/** `rx` with operators that give on what comes: they are code, and no options in a file. */
export default {
  ...definition,
  options: {
    parse: () => definition.options.parse({ project: (/** @type {unknown} */ messages$) => messages$ }),
  },
}

// By its address, so that types are checked where nothing has been built.
const { default: definition } = await import(new URL('../../dist/stages/rx.js', import.meta.url).href)

/** `rx` with operators that give on what comes: they are code, and no options in a file. */
export default {
  ...definition,
  options: {
    parse: () => definition.options.parse({ project: (/** @type {unknown} */ messages$) => messages$ }),
  },
}

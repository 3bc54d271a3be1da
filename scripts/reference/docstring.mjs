/** What a component's docstring tells under a heading of its own. */
const FACT = /^(Shape|Demand|Acks|Errors|Source): +(.*)$/

/**
 * The docstring in front of the definition: its text, and its facts by name.
 *
 * @param {string} source of a component.
 */
export function docstringOf(source) {
  /** @type {string[]} */
  const text = []
  /** @type {Map<string, string>} */
  const facts = new Map()
  let fact = ''
  for (const line of linesOf(source)) {
    const [, name, start = ''] = FACT.exec(line) ?? []
    if (name !== undefined) facts.set((fact = name), start)
    else if (fact === '') text.push(line)
    else facts.set(fact, `${facts.get(fact)} ${line.trim()}`)
  }
  return { text: text.join('\n').trim(), facts }
}

/** A definition, with the comment right before it. */
const DEFINITION = /\/\*\*\n((?: \*.*\n)*?) \*\/\n(?:const definition =|export default) define/

/** @param {string} source */
function linesOf(source) {
  const [, comment = ''] = DEFINITION.exec(source) ?? []
  return comment
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''))
}

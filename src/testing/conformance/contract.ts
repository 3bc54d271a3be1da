import { Producer } from '../../core/producer.ts'
import { breach, type Bench } from './bench.ts'
import type { Law } from './law.ts'

const NAME = /^[a-z][a-z0-9-]{0,62}$/
const LINE = /^\S[^\n]{1,199}$/
/** An option that no component has. */
const UNKNOWN = 'there is no such option'

/** What a component says of itself. */
export const CONTRACT_LAWS: readonly Law[] = [
  {
    rule: 'contract',
    claim: 'has a name and a one-line summary, and a guarantee where it is a door',
    judge: async (bench) => {
      const { name, summary } = bench.definition()
      if (!NAME.test(name)) breach(`the name \`${name}\` is not made of small letters, digits and \`-\``)
      if (!LINE.test(summary)) breach('the summary is not one line of text')
      checkGuarantee(bench)
    },
  },
  {
    rule: 'contract',
    claim: 'refuses options that it does not know',
    judge: async (bench) => {
      const { options } = bench.definition()
      const written = bench.options()
      if (typeof written !== 'object' || written === null) return
      if (options.safeParse({ ...written, [UNKNOWN]: 1 }).success)
        breach('its options take a key that it does not know: make them by `z.strictObject`')
    },
  },
]

/** Whoever sends to a producer that emits by itself wants to know what an answer of it promises. */
function checkGuarantee(bench: Bench): void {
  const { graph, name } = bench.start().subject
  const node = graph.node(name)
  if (!(node instanceof Producer) || !node.isPush) return
  if (!LINE.test(node.plan.component.guarantee ?? ''))
    breach('it takes messages from others, and has no `guarantee` that says what its answer promises')
}

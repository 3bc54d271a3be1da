import { built } from './build.js'
import { CASES, FIGURE_CASES } from './cases.js'
import { measure } from './measure.js'

// One sample, in a process of its own: `node sample.js <case> <who> <seconds>`; prints a line of JSON.
const [name, who = '', duration] = process.argv.slice(2)
const seconds = Number(duration)
const sample = (await takeRate()) ?? (await takeFigure())
if (sample === undefined) throw new Error(`there is no ${who} in the case ${name}`)
process.stdout.write(`${JSON.stringify(sample)}\n`)

async function takeRate() {
  const found = CASES.find((each) => each.name === name)
  const load = who === 'sluice' ? found?.sluice : found?.peers[who]
  if (found === undefined || load === undefined) return undefined
  await found.prepare?.[who]?.()
  return measure(await load(await built()), { seconds, result: found.result })
}

async function takeFigure() {
  const found = FIGURE_CASES.find((each) => each.name === name)
  const load = who === 'sluice' ? found?.sluice : found?.peers[who]
  if (load === undefined) return undefined
  const gauge = await load(await built())
  return gauge(seconds)
}

import { built } from './build.js'
import { CASES } from './cases.js'
import { measure } from './measure.js'

// One sample, in a process of its own: `node sample.js <case> <peer> <seconds>`; prints a line of JSON.
const [name, peer, seconds] = process.argv.slice(2)
const found = CASES.find((each) => each.name === name)
const load = peer === 'sluice' ? found?.sluice : found?.peers[peer ?? '']
if (found === undefined || load === undefined) throw new Error(`there is no ${peer} in the case ${name}`)
const sample = await measure(await load(await built()), { seconds: Number(seconds), result: found.result })
process.stdout.write(`${JSON.stringify(sample)}\n`)

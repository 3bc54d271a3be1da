import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './process.ts'

const at = (path: string): string => pathToFileURL(join(ROOT, path)).href

/**
 * A pipeline that writes numbered messages to files, says which of them are acked, and kills itself before or after one of
 * the calls that it makes to the file system. Its argument is JSON: `Orders` of file-kills.test.ts.
 */
export const WRITER = `import { writeSync } from 'node:fs'
import { defineConsumer, definePipeline, defineProducer, start } from '${at('dist/index.js')}'
import definition, { createFile } from '${at('dist/consumers/file.js')}'
import { configure } from '${at('dist/core/configured.js')}'
import { realFileSystem } from '${at('dist/kit/output-files/file-system.js')}'
import { z } from '${at('node_modules/zod/index.js')}'

const { options, numbers, killAt } = JSON.parse(process.argv[2])
const moments = []

function moment(name) {
  if (moments.push(name) === killAt) process.kill(process.pid, 'SIGKILL')
}

function watched(object) {
  return new Proxy(object, {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function' || typeof name !== 'string' || name === 'stat' || name === 'realPath')
        return value
      return async (...given) => {
        moment(name)
        const result = await value.apply(target, given)
        moment(name)
        return name.startsWith('open') ? watched(result) : result
      }
    },
  })
}

const source = defineProducer({
  name: 'source',
  summary: 'Gives numbers.',
  options: z.strictObject({}),
  create: (_options, { message, end }) => {
    const left = [...numbers]
    return {
      handleDemand(count) {
        const given = left.splice(0, Math.min(count, 3)).map((number) => {
          const to = number % 2 === 0 ? 'even/x.ndjson' : 'odd/x.ndjson'
          return message({ number, to, text: 'x'.repeat(400) }, { position: String(number) })
        })
        if (left.length === 0) end()
        return given
      },
      settle(acked) {
        for (const { data } of acked) writeSync(1, \`\${data.number}\n\`)
      },
    }
  },
})
const written = { ...definition, create: (parsed, context) => createFile(parsed, context, watched(realFileSystem)) }

const pipeline = definePipeline('writer', (p) => {
  const given = p.producer('source', configure(source, {}))
  p.consumer('file', given, configure(defineConsumer(written), options), { callSize: 2 })
})
const running = await start(pipeline)
await running.finished
writeSync(1, \`ended: \${moments.join(' ')}\\n\`)
`

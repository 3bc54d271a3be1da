import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { file, folder, sluice, Sluice, within } from './sluice.ts'

/** Nobody writes this by chance: where it is found, it has leaked. */
const CANARY = 'canary-4f1e8c5b9a7d2e60'
/** Differs in its end, so that it is known which one was found. */
const secret = (name: string): string => `${CANARY}-${name}`

const PIPELINE = `
pipeline: vault

producers:
  door:
    http: { port: 0, token: "\${DOOR_TOKEN}" }

stages:
  known:
    from: door
    filter: { when: 'data.key === "\${EXPRESSION_SECRET}"', reject: true }
  marked:
    from: known
    map: { key: key, mark: 'data.deep.er + "\${EXPRESSION_SECRET}"' }

consumers:
  out:
    from: marked
    discard: {}
`

const ENVIRONMENT = {
  DOOR_TOKEN: secret('door'),
  EXPRESSION_SECRET: secret('expression'),
  SLUICE_ADMIN_TOKEN: secret('admin'),
}

/** Everything that was heard of a request: status, headers, body. */
async function heard(url: string, init: { method?: string; headers?: Record<string, string>; body?: string }) {
  const { method = 'GET', headers = {}, body } = init
  const answer = await new Promise<string>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      text(response).then((rest) => resolve(`${response.statusCode} ${response.rawHeaders.join(' ')} ${rest}`), reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
  return { status: Number(answer.slice(0, 3)), answer }
}

const bearing = (token: string) => ({ authorization: `Bearer ${token}` })

test('no secret of a running pipeline or of its clients is found in a log, an answer or a metric', async () => {
  const process = new Sluice(['run', file(PIPELINE), '--admin-port', '0'], { env: ENVIRONMENT })
  const { url } = await process.logged((line) => line['node'] === 'door' && 'url' in line, 'where it listens')
  const { health } = await process.isRunning()
  const admin = new URL(health as string).origin
  const json = { 'content-type': 'application/json', ...bearing(secret('door')) }
  const post = (body: string, headers: Record<string, string> = json) =>
    heard(url as string, { method: 'POST', headers, body })
  const answers = await Promise.all([
    post(`{"key": "${secret('expression')}", "deep": {}}`),
    post(`{"key": "${secret('body')}"}`),
    post(`{"key": "${secret('body')}", "deep": }`),
    post(`{"key": ${secret('body')}}`),
    post(`{"key": "${secret('body')}"}`, { ...json, ...bearing(secret('wrong')) }),
    post(`{"key": "${secret('body')}"}`, { ...json, cookie: secret('cookie'), 'content-type': 'text/plain' }),
    heard(`${admin}/metrics`, { headers: bearing(secret('wrong')) }),
    heard(`${admin}/metrics`, { headers: { authorization: `Basic ${secret('admin')}` } }),
    heard(`${admin}/metrics?token=${secret('admin')}`, {}),
    heard(`${admin}/nope?token=${secret('query')}`, { headers: bearing(secret('admin')) }),
    heard(`${admin}/health`, { headers: { ...bearing(secret('wrong')), cookie: secret('cookie') } }),
    heard(`${admin}/health`, { headers: bearing(secret('admin')) }),
    heard(`${admin}/ready`, { method: 'POST', headers: bearing(secret('admin')), body: secret('body') }),
    heard(`${admin}/metrics`, { headers: bearing(secret('admin')) }),
  ])
  expect(answers.map(({ status }) => status)).toEqual([
    200, 422, 400, 400, 401, 415, 401, 401, 401, 404, 200, 200, 405, 200,
  ])
  process.send('SIGTERM')
  const { exitCode, stdout, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode).toBe(0)
  expect(stderr).toContain('SLUICE_FILTER_REJECTED')
  for (const printed of [...answers.map(({ answer }) => answer), stdout, stderr]) expect(printed).not.toContain(CANARY)
})

test.each([
  ['an option that is wrong', 'http: { port: "${SECRET}", token: "${SECRET}", path: "${SECRET}" }', 'discard: {}'],
  ['an option that is unknown', 'http: { port: 0, tokn: "${SECRET}" }', 'discard: {}'],
  ['a token that is too short', 'http: { port: 0, token: "${SHORT}" }', 'discard: {}'],
  ['a broken expression', 'generate: {}', 'key: \'data.x == "${SECRET}" &&\'\n    discard: {}'],
  ['a name', 'generate: {}', '"${SECRET}": {}'],
  ['a component', '"${SECRET}"', 'discard: {}'],
  ['a duration', 'generate: {}', 'timeout: "${SECRET}"\n    discard: {}'],
])('no secret in %s is found in what is said of the mistake', async (_, producer, consumer) => {
  const config = file(
    `pipeline: x\nproducers:\n  in:\n    ${producer}\nconsumers:\n  out:\n    from: in\n    ${consumer}\n`,
  )
  const env = { SECRET: secret('config'), SHORT: CANARY.slice(0, 12) }
  for (const command of ['validate', 'run']) {
    const { exitCode, stdout, stderr } = await sluice([command, config], { env })
    expect(exitCode).toBe(78)
    expect(stderr).toContain('mistake')
    expect(stdout + stderr).not.toContain(CANARY.slice(0, 12))
  }
})

test.each([
  ['too short', CANARY.slice(0, 12)],
  ['more than one word', `${CANARY} ${CANARY}`],
])(
  'an admin token that is %s is refused without being told, from the environment and from a file',
  async (_, token) => {
    const path = join(folder(), 'token')
    writeFileSync(path, token, { mode: 0o600 })
    const args = ['run', 'config/payments.yaml', '--admin-port', '0']
    const ends = [
      await sluice(args, { env: { SLUICE_ADMIN_TOKEN: token } }),
      await sluice([...args, '--admin-token-file', path]),
    ]
    for (const { exitCode, stdout, stderr } of ends) {
      expect(exitCode).toBe(78)
      expect(stderr).toContain('SLUICE_ADMIN_TOKEN_INVALID')
      expect(stdout + stderr).not.toContain(CANARY.slice(0, 12))
    }
  },
)

const PLUGIN = `
import { defineStage } from 'sluice'
import { z } from 'zod'
export default defineStage({
  name: 'vault',
  summary: 'Tells its secret to everybody.',
  options: z.strictObject({
    fault: z.string(),
    token: z.string().refine((token) => !token.endsWith('refused'), { error: ({ input }) => \`not \${input}\` }),
  }),
  create: ({ fault, token }, { log }) => {
    const fail = (where) => {
      if (fault === where) throw new Error(\`it is \${token}\`, { cause: new Error(token) })
    }
    fail('create')
    log.info(\`it is \${token}\`, { deep: { er: [token] } })
    return { open: () => fail('open'), map: (data) => (fail('map'), data), stop: () => fail('stop') }
  },
})
`

const WITH_PLUGIN = `
pipeline: told
plugins: [./vault.ts]
producers:
  in:
    generate: { count: 2 }
stages:
  known:
    from: in
    vault: { fault: "\${FAULT}", token: "\${VAULT_TOKEN}" }
consumers:
  out:
    from: known
    discard: {}
`

test.each([
  ['check', 78],
  ['create', 78],
  ['open', 70],
  ['map', 65],
  ['stop', 0],
])('no secret that a plugin tells in its %s is found in what is printed', async (fault, expected) => {
  const token = secret(fault === 'check' ? 'refused' : 'plugin')
  const config = file(WITH_PLUGIN)
  writeFileSync(join(config, '../vault.ts'), PLUGIN)
  const env = { FAULT: fault, VAULT_TOKEN: token }
  const ran = await sluice(['run', config, '--admin-port', '0'], { env })
  expect(ran.exitCode).toBe(expected)
  expect(ran.stderr).toContain('${VAULT_TOKEN}')
  const ends = [ran, await sluice(['validate', '--connect', config], { env })]
  ends.push(await sluice(['validate', '--connect', '--json', config], { env }))
  for (const { stdout, stderr } of ends) expect(stdout + stderr).not.toContain(CANARY)
})

test('no secret in a line that is no JSON is found in the log', async () => {
  const input = `{"password": ${CANARY}}\n{${CANARY}: 1}\n{"card": 1 ${CANARY}}\n`
  const { exitCode, stderr } = await sluice(['run', 'config/shell-filter.yaml', '--admin-port', '0'], { input })
  expect(exitCode).toBe(65)
  expect(stderr).toContain('SLUICE_INPUT_NOT_JSON')
  expect(stderr).not.toContain('canary')
})

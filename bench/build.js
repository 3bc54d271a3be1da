import { existsSync } from 'node:fs'

const DIST = new URL('../dist/', import.meta.url)

/**
 * The built library.
 *
 * @returns {Promise<import('./contract.js').Build>}
 * @throws where it has not been built.
 */
export async function built() {
  return {
    core: await load('core/index.js'),
    start: async (...given) => (await load('daemon/start.js')).start(...given),
    stage: async (name) => (await load(`stages/${name}.js`)).default,
    producer: async (name) => (await load(`producers/${name}.js`)).default,
    consumer: async (name) => (await load(`consumers/${name}.js`)).default,
    overflow: () => load('overflow/spill/embedded.js'),
    redisOverflow: () => load('overflow/redis-store/redis.js'),
  }
}

/**
 * The path is made at run time, so that types are checked against the sources and nothing needs to be built for that.
 *
 * @param {string} path
 */
async function load(path) {
  const url = new URL(path, DIST)
  if (!existsSync(url)) throw new Error(`dist/${path} is missing: run \`npm run build\` first`)
  return import(url.href)
}

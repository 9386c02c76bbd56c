// Prints what each part of the browser's client costs: how many gzip bytes its bundle loses when the part is taken out.
// Internal names are short in it, as in the built package.
// The table in docs/decisions/004-client-size.md is what this printed. Run `node bench/scripts/client-parts.mjs`.

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const CLIENT = fileURLToPath(new URL('../../packages/client/src', import.meta.url))

/** @type {{ INTERNAL_NAMES: readonly string[] }} */
const { INTERNAL_NAMES } = await import(new URL('../../packages/client/internal-names.mjs', import.meta.url).href)

const RIDER = '({ handlers: {}, size: () => 0, pump() {}, detached() {}, closed() {} })'

const TOPICS = { 'client/src/topic.ts': `export const createTopics = () => ${RIDER}` }
const PRESENCE = { 'client/src/presence.ts': `export const createPresence = () => ${RIDER}` }

/** What stands in for the files of a part.
 * @type {Readonly<Record<string, Readonly<Record<string, string>>>>}
 */
const PARTS = {
  connection: { 'client/src/connection.ts': 'export const createConnection = () => ({})' },
  topics: TOPICS,
  presence: PRESENCE,
  'topics and presence, with the wishes that they share': { ...TOPICS, ...PRESENCE },
  calls: { 'client/src/call-table.ts': `export const createCallTable = () => ${RIDER}` },
  subscriptions: {
    'client/src/subscription.ts': 'export const createSubscribe = () => ({})',
    'client/src/subscription-consumers.ts':
      'export const consumeSubscription = () => ({}), iterateSubscription = () => ({})',
  },
  'JSON codec': { 'core/src/codec/json.ts': 'export const jsonCodec = () => ({}), isJsonsOwn = jsonCodec' },
  'close codes': {
    'core/src/protocol/close-code.ts':
      "export const afterClose = () => 'retry', closeReason = (code) => code, CLOSE_CODE = {}",
  },
  fates: { 'core/src/error/fate.ts': "export const usualFate = () => 'executed'" },
}

/**
 * @param {string} entry `index` or `json`
 * @param {Readonly<Record<string, string>>} replaced contents by the end of a file's path
 */
async function sizeOf(entry, replaced = {}) {
  const { outputFiles } = await build({
    stdin: { contents: `export { createClient } from './${entry}.ts'`, resolveDir: CLIENT, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    mangleProps: new RegExp(`^(${INTERNAL_NAMES.join('|')})$`),
    conditions: ['@trunkline/source', 'browser', 'import', 'module', 'default'],
    plugins: [
      {
        name: 'take out',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
            const name = Object.keys(replaced).find((end) => file.split(path.sep).join('/').endsWith(end))
            return name === undefined ? undefined : { contents: replaced[name] ?? '', loader: 'ts' }
          })
        },
      },
    ],
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

const whole = await sizeOf('json')
console.log(`createClient, JSON codec: ${whole} bytes gzip`)
console.log(`superjson's types and bytes: ${(await sizeOf('index')) - whole}`)
for (const [part, replaced] of Object.entries(PARTS)) {
  console.log(`${part}: ${whole - (await sizeOf('json', replaced))}`)
}

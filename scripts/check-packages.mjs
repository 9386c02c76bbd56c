// Judges the packages as they would be published: packs each, lets publint and attw read the tarball, then loads every
// entry of the unpacked packages with `import` and with `require`, as an app on this Node version would, and compiles
// apps against their declarations, with both TypeScript versions and nothing skipped.
// Needs `npm run build` first.

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { listFiles, ROOT } from './source-files.mjs'

// Inside the repository, so that dependencies (`ws`, `superjson`) are found above; `node_modules` below wins over the
// links to the workspace, so the packages themselves come from their tarballs.
const SANDBOX = path.join(ROOT, '.cache/packages')

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
const run = (command, args, cwd = ROOT) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw error
  return { ok: status === 0, stdout, output: `${stdout}${stderr}`.trim() }
}
const bin = (/** @type {string} */ name) => path.join(ROOT, 'node_modules/.bin', name)

/** @type {string[]} */
const failures = []
/**
 * @param {string} title
 * @param {{ ok: boolean, output: string }} result
 */
const judge = (title, { ok, output }) => {
  console.log(`packages: ${title} ${ok ? 'ok' : 'FAILED'}`)
  if (ok) return
  failures.push(title)
  console.error(output)
}

rmSync(SANDBOX, { recursive: true, force: true })
mkdirSync(SANDBOX, { recursive: true })
writeFileSync(path.join(SANDBOX, 'package.json'), '{ "private": true }\n')

/** @type {string[]} */
const entries = []
for (const file of listFiles(/^packages\/[^/]+\/package\.json$/, 'packages')) {
  const folder = path.dirname(file)
  const { name, exports: exported } = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'))
  if (!existsSync(path.join(ROOT, folder, 'dist'))) {
    judge(`${name} is built`, { ok: false, output: 'no dist folder: run npm run build first' })
    continue
  }
  const packed = run(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', SANDBOX],
    path.join(ROOT, folder),
  )
  const tarball = path.join(SANDBOX, packed.stdout.trim())
  judge(`${name} publint`, run(bin('publint'), [tarball, '--strict']))
  judge(`${name} attw`, run(bin('attw'), [tarball, '--profile', 'node16', '--no-emoji', '--format', 'ascii']))
  const unpacked = path.join(SANDBOX, 'node_modules', name)
  mkdirSync(unpacked, { recursive: true })
  judge(`${name} unpacks`, run('tar', ['-xzf', tarball, '--strip-components=1', '-C', unpacked]))
  entries.push(
    ...Object.keys(exported)
      .filter((entry) => entry !== './package.json')
      .map((entry) => path.posix.join(name, entry)),
  )
}

const list = JSON.stringify(entries)
writeFileSync(path.join(SANDBOX, 'load.cjs'), `for (const entry of ${list}) require(entry)\n`)
writeFileSync(path.join(SANDBOX, 'load.mjs'), `for (const entry of ${list}) await import(entry)\n`)
for (const script of ['load.cjs', 'load.mjs'])
  judge(`${script} loads ${entries.length} entries`, run(process.execPath, ['--no-warnings', script], SANDBOX))

copyFileSync(path.join(ROOT, 'scripts/built-client.mjs'), path.join(SANDBOX, 'built-client.mjs'))
judge('the client talks as it is published', run(process.execPath, ['built-client.mjs'], SANDBOX))

// The build shortens the client's internal names, which must not be names that anybody else knows.
const known = new Set(
  Object.values(Object.getOwnPropertyDescriptors(globalThis))
    .flatMap(({ value }) => [value, value?.prototype])
    .flatMap((object) => (object instanceof Object ? Object.getOwnPropertyNames(object) : [])),
)
for (const name of ['core', 'client', 'react']) {
  for (const file of listFiles(/\.d\.ts$/, path.posix.join('packages', name, 'dist'))) {
    const declared = readFileSync(path.join(ROOT, file), 'utf8').matchAll(/^\s+(?:readonly )?(\w+)\??[:(<]/gm)
    for (const [, member = ''] of declared) known.add(member)
  }
}
/** @type {{ INTERNAL_NAMES: readonly string[] }} */
const { INTERNAL_NAMES } = await import(pathToFileURL(path.join(ROOT, 'packages/client/internal-names.mjs')).href)
const shared = INTERNAL_NAMES.filter((name) => known.has(name))
judge('internal names', {
  // Where these are not found, nothing was compared.
  ok: known.has('subscribe') && known.has('addEventListener') && shared.length === 0,
  output: `of an app, another package or the platform as well: ${shared.join(', ')}`,
})

/**
 * An app that imports each entry, as a project of its own.
 *
 * @param {string} name
 * @param {readonly string[]} imported
 * @param {object} settings
 * @param {string} [code] what else the app says
 */
const compile = (name, imported, settings, code = '') => {
  const folder = path.join(SANDBOX, name)
  mkdirSync(folder)
  const lines = imported.map((entry, index) => `export * as entry${index} from '${entry}'\n`)
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  writeFileSync(path.join(folder, 'app.ts'), lines.join('') + code)
  if (name === 'node') writeFileSync(path.join(folder, 'app.cts'), lines.join(''))
  const compilerOptions = { target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, ...settings }
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  for (const typescript of ['typescript', 'typescript7'])
    judge(
      `app for ${name} compiles with ${typescript}`,
      run(process.execPath, [path.join(ROOT, 'node_modules', typescript, 'bin/tsc'), '-p', folder]),
    )
}
compile('node', entries, { module: 'nodenext', lib: ['ES2022'], types: ['node'] })
// In a browser project there are no Node types: the client's declarations may not need them.
compile(
  'browser',
  entries.filter((entry) => /^@trunkline\/(core|client|react)/.test(entry)),
  { module: 'esnext', moduleResolution: 'bundler', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [] },
)
// What the guide exports must have types that an app's own declarations can name.
compile(
  'library',
  [],
  { module: 'nodenext', declaration: true, lib: ['ES2022', 'DOM'], types: ['node'] },
  `import { createClient, safe } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createReact } from '@trunkline/react'
import { createCaller } from '@trunkline/server'
const t = trunkline<{ user: string }>()
declare const schema: { readonly '~standard': { version: 1; vendor: string; validate(value: unknown): { value: string }; types?: { input: string; output: string } } }
export const asUser = t.middleware(({ next }) => next({ ctx: { role: 'a' } }))
export const room = t.topic({ event: schema, delivery: 'log', presence: schema, clientPublish: true, snapshot: () => ['a'] })
export const prices = t.topic({ event: schema, delivery: 'latest' })
export const router = t.router({
  room,
  prices,
  ask: t.procedure.use(asUser).input(schema).errors({ NO: null }).query(() => 1),
  tell: t.procedure.mutation(() => 1),
  ticks: t.procedure.subscription(async function* () { yield 1 }),
  lazy: t.lazy(async () => ({ ask: t.procedure.query(() => 1) })),
})
export const { api, connection } = createClient<typeof router>({ url: 'ws://localhost' })
export const { api: hooks, TrunklineProvider, useConnection, useClient } = createReact<typeof router>()
export const caller = createCaller({ router, context: { user: 'a' } })
export const settled = () => safe(api.ask.query('a'))
export const useAsk = () => hooks.ask.useQuery('a')
export const key = hooks.ask.queryKey('a')
export const parts = [api.room, api.prices, api.ask, api.ticks, hooks.room, hooks.ask, hooks.tell] as const
`,
)

if (failures.length > 0) process.exit(1)

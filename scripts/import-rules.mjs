// Who may import what, each rule with its reason. Direction is the architecture: a rule broken here once is a cycle or a
// server in the browser bundle later. What must hold: rules look at paths and specifiers only, never at file contents.

import path from 'node:path'

/**
 * @typedef {object} Import
 * @property {string} file path from the repository root, with forward slashes
 * @property {string} specifier as written, or for a relative import the target's path from the root
 * @property {boolean} relative
 */

/**
 * @typedef {object} Rule
 * @property {(found: Import) => boolean} forbids
 * @property {string} reason
 */

const isTest = (/** @type {string} */ file) => /\.test(-d)?\.tsx?$/.test(file)
const isIn = (/** @type {string} */ file, /** @type {string} */ folder) => file.startsWith(`${folder}/`)
const isSource = (/** @type {string} */ file, /** @type {string} */ name) =>
  isIn(file, `packages/${name}/src`) && !isTest(file)
const names = (/** @type {string} */ specifier, /** @type {string} */ dependency) =>
  specifier === dependency || specifier.startsWith(`${dependency}/`)
const isAnyOf = (/** @type {string} */ specifier, /** @type {string[]} */ dependencies) =>
  dependencies.some((dependency) => names(specifier, dependency))

const SUPERJSON_HOME = 'packages/core/src/codec/superjson-instance.ts'
const WS_HOMES = /^packages\/(server\/src\/transports\/ws\.ts|client\/src\/transports\/[^/]+\.ts|testkit\/src\/.+)$/
const TRANSPORT_ENTRIES = /^packages\/[^/]+\/src\/((index|json)[^/]*|create-server)\.ts$/
const PROTOCOL_USERS = /^(packages\/(server|client|testkit)|tests|bench|spec|conformance)\//

/** The folder that an import may not leave by a relative path: `packages/core`, `examples/chat`, `tests`, …
 * @param {string} file
 */
const workspaceOf = (file) => file.match(/^(?:packages|examples)\/[^/]+|^[^/]+/)?.[0] ?? file

/** @type {readonly Rule[]} */
export const RULES = [
  {
    forbids: ({ file, specifier, relative }) =>
      isSource(file, 'core') && !relative && !(file === SUPERJSON_HOME && specifier === 'superjson'),
    reason: `core is pure and runs everywhere: it imports nothing, but superjson in ${SUPERJSON_HOME}`,
  },
  {
    forbids: ({ file, specifier }) => isSource(file, 'server') && isAnyOf(specifier, ['@trunkline/client']),
    reason: 'server and client share core only: a server that needs the client is a cycle',
  },
  {
    forbids: ({ file, specifier }) => isSource(file, 'client') && isAnyOf(specifier, ['@trunkline/server']),
    reason: 'server and client share core only: the server must never reach a browser bundle',
  },
  {
    forbids: ({ file, specifier }) =>
      !isIn(file, 'packages/react') &&
      isIn(file, 'packages') &&
      isAnyOf(specifier, ['react', 'react-dom', '@trunkline/react', '@tanstack/react-query']),
    reason: 'React binds to the observers of the client, never the other way round',
  },
  {
    forbids: ({ file, specifier }) =>
      isIn(file, 'packages') && !isTest(file) && names(specifier, 'ws') && !WS_HOMES.test(file),
    reason: 'ws is imported by the transports of server and client only, so that it can be replaced in a day',
  },
  {
    forbids: ({ file, specifier }) =>
      isIn(file, 'packages') && !isTest(file) && names(specifier, 'superjson') && file !== SUPERJSON_HOME,
    reason: `superjson is imported in ${SUPERJSON_HOME} only, so that it can be replaced in a day`,
  },
  {
    forbids: ({ file, specifier, relative }) =>
      relative &&
      isIn(file, 'packages') &&
      !isTest(file) &&
      specifier.includes('/src/transports/') &&
      !file.includes('/src/transports/') &&
      !TRANSPORT_ENTRIES.test(file),
    reason: 'transports are leaves: they import inwards, and only the entry of their package imports them',
  },
  {
    forbids: ({ file, specifier, relative }) => relative && !isIn(specifier, workspaceOf(file)),
    reason: 'another package is imported by its name, so that its exports map stays its only door',
  },
  {
    forbids: ({ file, specifier }) => names(specifier, '@trunkline/core/protocol') && !PROTOCOL_USERS.test(file),
    reason: '@trunkline/core/protocol is shared by server, client and their tests; apps use @trunkline/core',
  },
]

/**
 * Judges the imports of one file.
 *
 * @param {string} file path from the repository root, with forward slashes
 * @param {readonly string[]} specifiers as written in the file
 * @returns {{ file: string, specifier: string, reason: string }[]}
 */
export const judgeImports = (file, specifiers) =>
  specifiers.flatMap((written) => {
    const relative = written.startsWith('.')
    const specifier = relative ? path.posix.join(path.posix.dirname(file), written) : written
    return RULES.filter((rule) => rule.forbids({ file, specifier, relative })).map(({ reason }) => ({
      file,
      specifier: written,
      reason,
    }))
  })

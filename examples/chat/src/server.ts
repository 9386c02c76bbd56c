/**
 * One HTTP server for the page and, at /trunkline, for the chat.
 */
import { createServer as createHttpServer } from 'node:http'
import { parseArgs } from 'node:util'
import { TrunklineError } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { router } from './api.js'
import { listen } from './listen.js'
import { Pace } from './pace.js'
import { servePage } from './serve-page.js'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env['PORT'] ?? '3000' },
    'grace-ms': { type: 'string' },
  },
})

const http = createHttpServer(servePage(new URL('../dist/page/', import.meta.url)))
const server = createServer({
  router,
  // A name is enough here. A real application checks a token, or the cookie in `request`. Throwing refuses; only what a
  // TrunklineError says reaches the client.
  authenticate: ({ token = '' }) => {
    const name = token.trim()
    if (name === '' || name.length > 24) throw new TrunklineError('UNAUTHENTICATED', 'A name has 1 to 24 characters.')
    return { identity: name }
  },
  context: ({ identity }) => ({ name: identity, pace: new Pace({ messages: 5, perMs: 5_000 }) }),
  // How long somebody whose tab is gone is still shown: it may be a reload.
  presence: { graceMs: Number(values['grace-ms']) || 5_000 },
})
server.attach(http, { path: '/trunkline' })

const port = await listen(http, values.port)
console.log(`The chat is at http://localhost:${port}

  Open it in two tabs and sign in under two names.
  Or join from another terminal:  npm run chat -- --name Ada${port === 3000 ? '' : ` --url ws://localhost:${port}/trunkline`}
  Ctrl+C ends it.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    http.close()
    await server.close({ drainMs: 1_000 })
    http.closeAllConnections()
  })
}

/**
 * One HTTP server for the page and, at /trunkline, for what it shows.
 */
import { createServer as createHttpServer } from 'node:http'
import { parseArgs } from 'node:util'
import { TrunklineError } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { router } from './api.js'
import { listen } from './listen.js'
import { NetworkSwitch } from './network-switch.js'
import { ControlRoom } from './park/control-room.js'
import { runPark } from './park/run-park.js'
import { WindPark } from './park/wind-park.js'
import { servePage } from './serve-page.js'

const { values } = parseArgs({
  options: { port: { type: 'string', default: process.env['PORT'] ?? '3001' } },
})

const room = new ControlRoom()
const network = new NetworkSwitch()
const http = createHttpServer(network.handle(servePage(new URL('../dist/page/', import.meta.url))))
network.guard(http)

const server = createServer({
  router,
  // A name is enough here. A real application checks a token, or the cookie in `request`.
  authenticate: ({ token = '' }) => {
    const name = token.trim()
    if (name === '' || name.length > 24) throw new TrunklineError('UNAUTHENTICATED', 'A name has 1 to 24 characters.')
    return { identity: name }
  },
  context: ({ identity }) => ({ name: identity, room }),
  presence: { graceMs: 5_000 },
})
server.attach(http, { path: '/trunkline' })
const stopPark = await runPark(server, room, new WindPark(Math.random))

const port = await listen(http, values.port)
console.log(`The dashboard is at http://localhost:${port}

  Open it in two tabs, and cut the network of one of them.
  Ctrl+C ends it.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    stopPark()
    http.close()
    await server.close({ drainMs: 1_000 })
    http.closeAllConnections()
  })
}

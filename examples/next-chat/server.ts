/**
 * One port for the pages of Next and, at /trunkline, for the chat.
 *
 *   node --import tsx server.ts          what `next build` made
 *   node --import tsx server.ts --dev    from source, with hot reloading
 */
import { existsSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createChat } from './src/chat/create-chat'
import { setRunningChat } from './src/chat/running-chat'
import { fail } from './src/server/fail'
import { listen } from './src/server/listen'
import { refuseOtherUpgrades } from './src/server/refuse-other-upgrades'

const { values } = parseArgs({
  options: {
    dev: { type: 'boolean', default: false },
    port: { type: 'string', default: process.env['PORT'] ?? '3000' },
  },
})
const { dev, port: wantedPort } = values
const folder = fileURLToPath(new URL('.', import.meta.url))
if (!dev && !existsSync(new URL('.next/BUILD_ID', import.meta.url)))
  fail('The chat is not built: run `npm run next-chat` at the root, which builds it, or `npm run dev` here.')

// Before Next and React are loaded: both decide by it what they are.
Object.assign(process.env, { NODE_ENV: dev ? 'development' : 'production' })
const { default: next } = await import('next')
const host = process.env['HOST'] ?? '127.0.0.1'

const http = createHttpServer(async (request, response) => (await handling)(request, response))
// First: whoever has the port may write to the folder, and Next must know the port, because its redirects after an action
// ask this server itself. Nothing is served before this turn ends; pages that are asked for then wait for Next.
const port = await listen(http, wantedPort, host)
const chat = createChat(process.env['CHAT_DATA'] ?? fileURLToPath(new URL('.data/', import.meta.url)))
setRunningChat(chat)
chat.server.attach(http, { path: '/trunkline' })
refuseOtherUpgrades(http, dev ? ['/trunkline', '/_next/'] : ['/trunkline'])

// `httpServer` is where Next listens for upgrades of its own, for hot reloading; it leaves alone those that match no page.
const app = next({ dev, dir: folder, hostname: host, port, httpServer: http })
const handling = app.prepare().then(() => app.getRequestHandler())
await handling
await chat.announceRooms()
console.log(`The chat is at http://localhost:${port}

  Open it in two browsers, or in a private window, and sign in under two names.
  Ctrl+C ends it. What was said is kept, and there again when it is started anew.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    http.close()
    await chat.close()
    http.closeAllConnections()
    await app.close()
    process.exit(0)
  })
}

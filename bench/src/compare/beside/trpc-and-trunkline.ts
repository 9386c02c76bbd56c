// beside/trpc-and-trunkline.ts
import { createServer as createHttpServer } from 'node:http'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { createServer } from '@trunkline/server'
import { WebSocketServer } from 'ws'
import { router } from './router.js'
import { trpcRouter } from './trpc-router.js'

export const http = createHttpServer(createHTTPHandler({ router: trpcRouter, basePath: '/trpc/' }))

// With `server: http` this would answer 400 to every upgrade that is not its own, Trunkline's too.
const wss = new WebSocketServer({ noServer: true })
applyWSSHandler({ wss, router: trpcRouter })
http.on('upgrade', (request, socket, head) => {
  if (!request.url?.startsWith('/trpc')) return
  wss.handleUpgrade(request, socket, head, (webSocket) => wss.emit('connection', webSocket, request))
})

export const server = createServer({ router })
server.attach(http, { path: '/trunkline' })

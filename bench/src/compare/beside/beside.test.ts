/**
 * Runs what the guides for those who come from tRPC and Socket.IO show: both libraries on one HTTP server.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTRPCClient, createWSClient, httpLink, wsLink } from '@trpc/client'
import { createClient, type TopicStatus } from '@trunkline/client'
import { createServer } from '@trunkline/server'
import { eventually } from '@trunkline/testkit'
import { io as connectSocketIo } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type AppRouter, router } from './router.js'
import type { AppRouter as SocketIoAppRouter } from './socket-io-and-trunkline.js'
import type { TrpcRouter } from './trpc-router.js'

async function listen(http: Server): Promise<string> {
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  // A listening TCP server has an address with a port.
  return `127.0.0.1:${(http.address() as AddressInfo).port}`
}

test('tRPC over HTTP and over its own WebSocket, and Trunkline, on one port', async () => {
  const { http, server } = await import('./trpc-and-trunkline.js')
  const host = await listen(http)
  const { api, connection } = createClient<AppRouter>({ url: `ws://${host}/trunkline` })
  const client = createWSClient({
    url: `ws://${host}/trpc`,
    // `ws` has the members of the browser's class that tRPC calls.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  })
  onTestFinished(async () => {
    connection.close()
    await client.close()
    await server.close()
    http.close()
  })
  const overHttp = createTRPCClient<TrpcRouter>({ links: [httpLink({ url: `http://${host}/trpc` })] })
  const overWebSocket = createTRPCClient<TrpcRouter>({ links: [wsLink({ client })] })

  const seen: string[] = []
  await new Promise<void>((resolve) => {
    const onStatus = (status: TopicStatus) => status === 'live' && resolve()
    api.added.subscribe({}, { onEvent: (note) => seen.push(note.text), onGap: () => {}, onStatus })
  })
  await overHttp.add.mutate({ text: 'over HTTP' })
  await overWebSocket.add.mutate({ text: 'over WebSocket' })
  await api.add.mutate({ text: 'over Trunkline' })
  expect((await overHttp.list.query()).map((note) => note.text)).toEqual([
    'over HTTP',
    'over WebSocket',
    'over Trunkline',
  ])
  expect(await api.list.query()).toEqual(await overWebSocket.list.query())
  await eventually(() => seen.length > 0)
  expect(seen).toEqual(['over Trunkline'])
})

test('a WebSocketServer that is given the HTTP server refuses what is not on its path', async () => {
  const http = createHttpServer()
  const wss = new WebSocketServer({ server: http, path: '/trpc' })
  const server = createServer({ router })
  server.attach(http, { path: '/trunkline' })
  const host = await listen(http)
  onTestFinished(async () => {
    await server.close()
    wss.close()
    http.close()
  })
  const [error] = await once(new WebSocket(`ws://${host}/trunkline`, 'trunkline.1'), 'error')
  expect(String(error)).toContain('400')
})

test('Socket.IO and Trunkline on one port: each tells the clients of both', async () => {
  const { http, io, server } = await import('./socket-io-and-trunkline.js')
  const host = await listen(http)
  const { api, connection } = createClient<SocketIoAppRouter>({ url: `ws://${host}/trunkline` })
  const socket = connectSocketIo(`http://${host}`)
  onTestFinished(async () => {
    connection.close()
    socket.close()
    await server.close()
    await io.close()
  })
  const seen: string[] = []
  socket.on('added', (note: { text: string }) => seen.push(`Socket.IO: ${note.text}`))
  await new Promise<void>((resolve) => {
    const onStatus = (status: TopicStatus) => status === 'live' && resolve()
    const onEvent = (note: { text: string }) => seen.push(`Trunkline: ${note.text}`)
    api.added.subscribe({}, { onEvent, onGap: () => {}, onStatus })
  })
  if (!socket.connected) await once(socket as never, 'connect')
  await socket.emitWithAck('add', 'one')
  await api.add.mutate({ text: 'two' })
  await eventually(() => seen.length === 4)
  expect([...seen].sort()).toEqual(['Socket.IO: one', 'Socket.IO: two', 'Trunkline: one', 'Trunkline: two'])
  expect(io.engine.clientsCount).toBe(1)
})

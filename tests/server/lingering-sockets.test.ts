import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { trunkline } from '@trunkline/core'
import { createServer } from '@trunkline/server'
import { createVirtualClock, eventually } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const router = t.router({ ping: t.procedure.query(() => 'pong') })

/** A TCP peer that never ends its side by itself. */
async function tcpPeer(port: number, request = ''): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => (received += text))
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(request)
  return { socket, received: () => received }
}

function handshake(headers: Record<string, string> = {}, path = '/'): string {
  const all = {
    Host: 'a.example',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol': 'trunkline.1',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** An HTTP server of the app, which knows how many sockets it has. */
async function appServer(): Promise<{
  http: ReturnType<typeof createHttpServer>
  port: number
  sockets: Set<Socket>
}> {
  const http = createHttpServer()
  const sockets = new Set<Socket>()
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.close())
  // A TCP server that listens has an AddressInfo.
  return { http, sockets, port: (http.address() as AddressInfo).port }
}

test('P1.3: a refused handshake leaves no socket behind, also where the peer never closes its side', async () => {
  const { http, port, sockets } = await appServer()
  createServer({ router }).attach(http, { path: '/' })
  const peer = await tcpPeer(port, handshake({ Origin: 'https://evil.example' }))
  await eventually(() => peer.received().startsWith('HTTP/1.1 403 ') && peer.received().includes('origin'))
  await eventually(() => sockets.size === 0)
})

test('P1.3: a path that none of several Trunkline servers on one HTTP server has is answered with 404', async () => {
  const { http, port, sockets } = await appServer()
  createServer({ router }).attach(http, { path: '/one' })
  const detach = createServer({ router }).attach(http, { path: '/two' })
  const peer = await tcpPeer(port, handshake({}, '/three'))
  await eventually(() => peer.received().startsWith('HTTP/1.1 404 '))
  expect(peer.received().match(/HTTP\/1\.1/g)).toHaveLength(1)
  await eventually(() => sockets.size === 0)
  const other = await tcpPeer(port, handshake({}, '/two'))
  await eventually(() => other.received().startsWith('HTTP/1.1 101 '))
  detach()
  const late = await tcpPeer(port, handshake({}, '/two'))
  await eventually(() => late.received().startsWith('HTTP/1.1 404 '))
})

test('a path that nobody has is told and counted, once among several Trunkline servers', async () => {
  const { http, port } = await appServer()
  const servers = [createServer({ router }), createServer({ router, trustProxy: 1 })]
  const told: unknown[] = []
  for (const [index, server] of servers.entries()) {
    server.attach(http, { path: `/${index}` })
    server.on('handshake-refused', (event) => told.push(event))
  }
  const peer = await tcpPeer(port, handshake({}, '/nowhere'))
  await eventually(() => peer.received().startsWith('HTTP/1.1 404 '))
  expect(told).toEqual([{ reason: 'path', address: '127.0.0.1' }])
  expect(servers.map((server) => server.metrics().handshakesRefused)).toEqual([1, 0])
})

test('P1.3: a path is left alone where somebody else listens for upgrades too', async () => {
  const { http, port } = await appServer()
  createServer({ router }).attach(http, { path: '/one' })
  createServer({ router }).attach(http, { path: '/two' })
  http.on('upgrade', (request, socket) => {
    if (request.url === '/hmr') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  })
  const peer = await tcpPeer(port, handshake({}, '/hmr'))
  await eventually(() => peer.received().startsWith('HTTP/1.1 '))
  expect(peer.received()).toMatch(/^HTTP\/1\.1 200 OK/)
})

test('close ends sockets that never sent anything, as browsers open them ahead of time', async () => {
  const { server, port } = await startServer({ router })
  const { socket } = await tcpPeer(port)
  const other = await tcpPeer(port, 'GET / HTT')
  const ended = Promise.all([socket, other.socket].map((each) => new Promise((resolve) => each.once('close', resolve))))
  await server.close()
  socket.end()
  other.socket.end()
  await ended
})

test('close does not wait for a peer that was refused its version and does not leave', async () => {
  // Longer than the test may take: whoever waited for it would not be done.
  const { server, port } = await startServer({ router, closeTimeoutMs: 600_000 })
  const peer = await tcpPeer(port, handshake({ 'Sec-WebSocket-Protocol': 'trunkline.99' }))
  await eventually(() => peer.received().includes('The server speaks trunkline.1'))
  await server.close()
})

test('peers that are refused their version count as connections of their address', async () => {
  const { port } = await startServer({ router, limits: { maxUnauthenticatedPerAddress: 2 } })
  for (let count = 0; count < 2; count++) {
    const peer = await tcpPeer(port, handshake({ 'Sec-WebSocket-Protocol': 'trunkline.99' }))
    await eventually(() => peer.received().includes('The server speaks trunkline.1'))
  }
  const third = await tcpPeer(port, handshake())
  await eventually(() => third.received().startsWith('HTTP/1.1 503 '))
})

test('a server that is closed while it begins to listen does not listen', async () => {
  const server = createServer({ router })
  const listening = server.listen({ host: 'localhost' })
  await server.close()
  await expect(listening).rejects.toThrow('closed')
  await expect(server.listen()).rejects.toThrow('closed')
  expect(() => server.attach(createHttpServer())).toThrow('closed')
})

test('close may be called again while it waits: both are done', async () => {
  const { server, port } = await startServer({ router })
  const peer = await tcpPeer(port, handshake())
  await eventually(() => server.metrics().connections === 1)
  await Promise.all([server.close({ drainMs: 30_000 }), server.close()])
  expect(peer.received()).toContain('The server stops.')
})

/** A binary WebSocket message of zeros; its mask is zero too. */
function binaryMessage(length: number): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0xfe, length >> 8, length & 0xff, 0, 0, 0, 0]), Buffer.alloc(length)])
}

test('P3.5: a peer that does not answer a close frame is gone after closeTimeoutMs', async () => {
  const { http, port, sockets } = await appServer()
  const server = createServer({ router, authTimeoutMs: 40, closeTimeoutMs: 40 })
  server.attach(http, { path: '/' })
  const peer = await tcpPeer(port, handshake())
  const refused = await tcpPeer(port, handshake({ 'Sec-WebSocket-Protocol': 'trunkline.99' }))
  await eventually(() => peer.received().includes('hello and authentication take at most'))
  await eventually(() => refused.received().includes('The server speaks trunkline.1'))
  await eventually(() => server.metrics().connections === 0 && sockets.size === 0)
})

test.each([
  ['was closed', { 'Sec-WebSocket-Protocol': 'trunkline.1' }, 'hello and authentication take at most'],
  ['was refused its version', { 'Sec-WebSocket-Protocol': 'trunkline.99' }, 'The server speaks trunkline.1'],
])('P3.5: what a peer sends after it %s is not read beyond 64 KiB', async (_title, headers, farewell) => {
  const { http, port, sockets } = await appServer()
  const server = createServer({ router, authTimeoutMs: 40, closeTimeoutMs: 60_000 })
  onTestFinished(() => server.close())
  server.attach(http, { path: '/' })
  const peer = await tcpPeer(port, handshake(headers))
  await eventually(() => peer.received().includes(farewell))
  const [socket] = [...sockets]
  const before = socket?.bytesRead ?? 0
  for (let count = 0; count < 512; count++) peer.socket.write(binaryMessage(60_000))
  await eventually(() => socket?.isPaused())
  // Of 30 MB; what the platform has at hand comes on top.
  expect((socket?.bytesRead ?? 0) - before).toBeLessThan(1_000_000)
  expect(server.metrics().messagesReceived).toBe(0)
})

test('a peer that is closed while it is read more slowly is heard when it answers', async () => {
  const clock = createVirtualClock()
  const { url, server } = await startServer({
    router,
    clock,
    authTimeoutMs: 100,
    closeTimeoutMs: 60_000,
    limits: { messagesPerSecond: 1 },
    authenticate: () => ({ identity: 'ada', expiresAt: clock.now() + 400 }),
  })
  const peer = await openPeer(url)
  for (let id = 1; id <= 10; id++) peer.sends({ query: id, path: 'ping' })
  await eventually(() => server.metrics().throttled > 0)
  await clock.advance(500)
  await peer.isClosedWith(4411)
  await eventually(() => server.metrics().connections === 0)
})

/**
 * Trunkline behind a real nginx with the configuration of docs/guide/proxy.md.
 */
import { randomBytes } from 'node:crypto'
import { connectRawPeer, eventually, HandshakeRefusedError } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { openPeer } from '../support/open-peer.js'
import { startNginx } from './nginx.js'
import { connectClient, feed, startApp } from './proxied-app.js'

/** The HTTP answer to a handshake that is refused. */
async function refusalOf(url: string, headers: Record<string, string> = {}): Promise<HandshakeRefusedError> {
  const refused = await connectRawPeer(url, { headers }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(HandshakeRefusedError)
  return refused as HandshakeRefusedError // just checked
}

test('calls, subscriptions and topics work through it', async () => {
  const { server, port } = await startApp()
  const nginx = await startNginx({ targets: [port] })
  const { api } = connectClient(nginx.url)

  expect(await api.name.query()).toBe('one')
  const items: number[] = []
  for await (const item of api.count.subscribe()) {
    items.push(item)
    if (item === 300) break
  }
  expect(items).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
  const events: number[] = []
  const subscription = api.feed.subscribe({}, { onEvent: (event) => events.push(event), onGap: () => events.push(-1) })
  await eventually(() => subscription.status() === 'live')
  for (let n = 1; n <= 100; n++) await server.publish(feed, {}, n)
  await eventually(() => events.length >= 100)
  expect(events).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
})

test('bytes of several megabytes pass it both ways', async () => {
  const { port } = await startApp({ limits: { maxMessageBytes: 8 * 1024 * 1024 } })
  const nginx = await startNginx({ targets: [port] })
  const { api, connection } = connectClient(nginx.url)
  // More than may wait for a connection.
  await connection.connect()
  const bytes = new Uint8Array(randomBytes(3 * 1024 * 1024 + 1))

  const { bytes: back, again } = await api.double.query(bytes)
  expect(Buffer.compare(back, bytes)).toBe(0)
  expect(Buffer.compare(again, bytes)).toBe(0)
})

test('a page of the host that nginx was asked for may connect, also where TLS ends before, and no other page', async () => {
  const { server, port } = await startApp()
  const nginx = await startNginx({ targets: [port] })

  await openPeer(nginx.url, { headers: { origin: `http://127.0.0.1:${nginx.port}` } })
  await openPeer(nginx.url, { headers: { origin: `https://127.0.0.1:${nginx.port}` } })
  await openPeer(nginx.url, { headers: { host: 'example.com', origin: 'https://example.com' } })
  for (const origin of ['http://evil.example', 'http://127.0.0.1', `http://127.0.0.1:${port}`, 'null']) {
    expect((await refusalOf(nginx.url, { origin })).status).toBe(403)
  }
  expect(server.metrics().handshakesRefused).toBe(4)
})

test('negative control: with `$host`, which has no port, the own pages are refused on every port but 80 and 443', async () => {
  const { port } = await startApp()
  const nginx = await startNginx({ targets: [port], replace: { 'Host $http_host;': 'Host $host;' } })
  expect((await refusalOf(nginx.url, { origin: `http://127.0.0.1:${nginx.port}` })).status).toBe(403)
  await openPeer(nginx.url, { headers: { host: 'example.com', origin: 'https://example.com' } })
})

test("with trustProxy the address is the client's, whatever X-Forwarded-For it sends itself", async () => {
  const { server, port } = await startApp({ trustProxy: 1, limits: { maxConnectionsPerAddress: 1 } })
  const opened: string[] = []
  server.on('connection-opened', ({ address }) => opened.push(address))
  const nginx = await startNginx({ targets: [port] })

  const plain = connectClient(nginx.url, { localAddress: '127.0.0.2' })
  const spoofing = connectClient(nginx.url, {
    localAddress: '127.0.0.3',
    headers: { 'X-Forwarded-For': '203.0.113.7, 127.0.0.2' },
  })
  expect(await plain.api.address.query()).toBe('127.0.0.2')
  expect(await spoofing.api.address.query()).toBe('127.0.0.3')
  expect(opened).toEqual(['127.0.0.2', '127.0.0.3'])
  // Its limit is its own: a made-up address does not get round it.
  await openPeer(nginx.url, { headers: { 'X-Forwarded-For': '203.0.113.8' } })
  const { status, headers } = await refusalOf(nginx.url, { 'X-Forwarded-For': '203.0.113.9' })
  expect({ status, retryAfter: headers['retry-after'] }).toEqual({ status: 503, retryAfter: '5' })
})

test('negative control: without trustProxy all have the address of nginx, and share its limits', async () => {
  const { port } = await startApp({ limits: { maxConnectionsPerAddress: 2 } })
  const nginx = await startNginx({ targets: [port] })
  const first = connectClient(nginx.url, { localAddress: '127.0.0.2' })
  const second = connectClient(nginx.url, { localAddress: '127.0.0.3' })
  expect([await first.api.address.query(), await second.api.address.query()]).toEqual(['127.0.0.1', '127.0.0.1'])
  expect((await refusalOf(nginx.url)).status).toBe(503)
})

test('refusals of the server arrive with their status and Retry-After, and the client says which it was', async () => {
  const { server, port } = await startApp({ path: '/live', limits: { handshakesPerSecond: 0.001 } })
  const reasons: string[] = []
  server.on('handshake-refused', ({ reason }) => reasons.push(reason))
  const nginx = await startNginx({ targets: [port] })

  expect((await refusalOf(`${nginx.url}/elsewhere`)).status).toBe(404)
  expect((await refusalOf(`${nginx.url}/live`, { origin: 'http://evil.example' })).status).toBe(403)
  const { status, headers } = await refusalOf(`${nginx.url}/live`)
  expect({ status, retryAfter: headers['retry-after'] }).toEqual({ status: 503, retryAfter: '1' })
  expect(reasons).toEqual(['path', 'origin', 'rate'])

  const { connection } = connectClient(`${nginx.url}/elsewhere`)
  await eventually(() => connection.status.message)
  expect(connection.status).toMatchObject({ reason: 'ABNORMAL', message: 'Unexpected server response: 404' })
})

test('what nginx itself gets wrong or cannot reach has a status of its own: 426 and 502', async () => {
  const { server, port } = await startApp()
  const passesNothing = await startNginx({ targets: [port], replace: { 'Upgrade $http_upgrade;': 'Upgrade "";' } })
  expect((await refusalOf(passesNothing.url)).status).toBe(426)
  await server.close()
  expect((await refusalOf(passesNothing.url)).status).toBe(502)
})

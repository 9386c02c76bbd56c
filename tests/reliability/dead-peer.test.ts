import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createVirtualClock, eventually, startProcess, startRawServer } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { openPeer, startServer } from '../support/open-peer.js'

const HEARTBEAT = { intervalMs: 500, timeoutMs: 500 }
const t = trunkline()
const router = t.router({ ping: t.procedure.query(() => 'pong') })

test('a server with 500 ms + 500 ms notices a silent client within 1.5 s of its clock', async () => {
  const clock = createVirtualClock()
  const { url, server } = await startServer({ router, heartbeat: HEARTBEAT, clock })
  let closed = false
  server.on('heartbeat-missed', () => (closed = true))
  const peer = await openPeer(url)
  await clock.advance(900)
  await peer.receives({ ping: 0 })
  expect(closed).toBe(false)
  await clock.advance(600)
  expect(closed).toBe(true)
  await peer.isClosedWith(1006)
})

test('a client with 500 ms + 500 ms notices a silent server within 1.5 s of its clock and abandons the socket', async () => {
  const clock = createVirtualClock()
  const server = await startRawServer()
  onTestFinished(() => server.close())
  // Of this WebSocket: it can be broken off. The platform's, where there is one, can only be closed, as in a browser.
  const { connection } = createClient({ url: server.url, heartbeat: HEARTBEAT, clock, WebSocket })
  onTestFinished(() => connection.close())
  const connected = connection.connect()
  const peer = await server.accepts()
  await peer.receives({ hello: (name: unknown) => typeof name === 'string' })
  peer.sends({
    welcome: 'AAAAAAAAAAAAAAAAAAAAAA',
    resumed: false,
    received: 0,
    keys: 'k',
    heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
    resumeMs: 10_000,
    limits: { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 },
  })
  await connected
  await clock.advance(600)
  await peer.receives({ ping: 0 })
  expect(connection.status.state).toBe('open')
  await clock.advance(900)
  expect(connection.status.state).toBe('reconnecting')
  await peer.isClosedWith(1006)
})

test('a frozen client process, its socket open, is noticed by the server', async () => {
  const { url, server } = await startServer({ router, heartbeat: HEARTBEAT })
  let noticed = false
  server.on('heartbeat-missed', () => (noticed = true))
  const child = await startProcess(new URL('./frozen-client.ts', import.meta.url), [url])
  onTestFinished(() => child.stop())
  await eventually(() => server.metrics().connections === 1)
  await child.freeze()
  const frozenAt = performance.now()
  await eventually(() => noticed && server.metrics().connections === 0, { timeoutMs: 15_000 })
  console.log(`server noticed a frozen client after ${Math.round(performance.now() - frozenAt)} ms`)
})

test('a frozen server process, its socket open, is noticed by the client', async () => {
  const child = await startProcess(new URL('./frozen-server.ts', import.meta.url))
  onTestFinished(() => child.stop())
  const { connection } = createClient({ url: `ws://127.0.0.1:${Number(child.ready)}` })
  onTestFinished(() => connection.close())
  await connection.connect()
  await child.freeze()
  const frozenAt = performance.now()
  await eventually(() => connection.status.state === 'reconnecting', { timeoutMs: 15_000 })
  console.log(`client noticed a frozen server after ${Math.round(performance.now() - frozenAt)} ms`)
})

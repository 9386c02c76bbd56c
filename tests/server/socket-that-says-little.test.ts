/** Sockets that announce nothing when they are empty, and peers that cannot be heard while they are not read. */
import { type Message, PreparedMessage, type Transport, type TransportEvents, trunkline } from '@trunkline/core'
import { acceptTransport, createServer, type Server } from '@trunkline/server'
import { createVirtualClock, type VirtualClock } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { newToken } from '../support/open-peer.js'

const t = trunkline()
const router = t.router({
  ping: t.procedure.query(() => 'pong'),
  large: t.procedure.subscription(async function* () {
    for (;;) yield 'x'.repeat(1_000)
  }),
})

/** A socket whose buffer the test sets, and that says that it is empty only when the test says so. */
class HandSocket implements Transport {
  bufferedBytes = 0
  closedWith: number | undefined
  readonly sent: string[] = []
  onSent: (text: string) => void = () => {}
  events: TransportEvents | undefined

  attach(events: TransportEvents): void {
    this.events = events
  }

  send(message: Message): void {
    const text = message instanceof PreparedMessage ? message.text : String(message)
    this.sent.push(text)
    this.onSent(text)
  }

  close(code: number): void {
    if (this.closedWith !== undefined) return
    this.closedWith = code
    queueMicrotask(() => this.events?.onClose(code, ''))
  }

  setReading(): void {}

  /** How many frames of a kind were sent. */
  count(kind: string): number {
    return this.sent.join().split(`{"${kind}":`).length - 1
  }
}

async function start(limits: object = {}): Promise<{ clock: VirtualClock; server: Server; socket: HandSocket }> {
  const clock = createVirtualClock()
  const server = createServer({ router, clock, limits })
  onTestFinished(async () => {
    const closed = server.close()
    await clock.advance(2_000)
    await closed
  })
  const socket = new HandSocket()
  acceptTransport(server, socket)
  socket.events?.onMessage(JSON.stringify({ hello: 'test/1', session: newToken() }))
  await clock.advance(1)
  return { clock, server, socket }
}

test('a stream goes on after at most a second where a socket that held a little does not say that it is empty', async () => {
  const { clock, socket } = await start({ highWaterBytes: 1_000 })
  socket.onSent = (text) => {
    if (text.includes('"item"')) socket.bufferedBytes = 5_000
  }
  socket.events?.onMessage(JSON.stringify({ subscribe: 1, path: 'large' }))
  await clock.advance(5_000)
  const before = socket.count('item')
  expect(before).toBeGreaterThan(0)
  socket.bufferedBytes = 0
  await clock.advance(1_000)
  expect(socket.count('item')).toBeGreaterThan(before)
})

test('P3.7: a peer that is not read is not missed by the heartbeat: it is closed for not reading, after its time', async () => {
  const { clock, server, socket } = await start()
  socket.bufferedBytes = 2_000_000
  await clock.advance(29_000)
  expect(socket.closedWith).toBeUndefined()
  await clock.advance(3_000)
  expect(socket.closedWith).toBe(4420)
  expect(server.metrics()).toMatchObject({ slowConsumers: 1, heartbeatsMissed: 0 })
})

test('a peer that is read again counts as heard: what waited in the socket is life as well', async () => {
  const { clock, socket } = await start()
  socket.bufferedBytes = 2_000_000
  await clock.advance(20_000)
  socket.bufferedBytes = 0
  socket.events?.onWritable?.()
  await clock.advance(14_000)
  expect(socket.count('ping')).toBe(0)
  await clock.advance(2_000)
  expect(socket.count('ping')).toBe(1)
})

import { jsonCodec, trunkline } from '@trunkline/core'
import { createLeakCheck, eventually, type RawConnection, type RawServer, startRawServer } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createWorld, held, stateOf } from '../test/fake-server.js'
import type { ClientAndConnection, ClientOptions } from './create-client.js'
import { createClient as createSuperjsonClient } from './index.node.js'
import { createClient } from './json.node.js'
import type { WebSocketConstructor } from './websocket-like.js'

const t = trunkline()
const router = t.router({
  greet: t.procedure.input(v.object({ name: v.string() })).query(({ input }) => `Hello ${input.name}`),
  ticks: t.procedure.subscription(async function* () {
    yield 1
  }),
  room: t.topic({ event: v.string(), delivery: 'log' }),
})
type AppRouter = typeof router

const WELCOME = {
  resumed: false,
  received: 0,
  keys: 'k1',
  heartbeat: { intervalMs: 15_000, timeoutMs: 10_000 },
  resumeMs: 10_000,
  limits: { maxMessageBytes: 262_144, maxCalls: 256, maxSubscriptions: 128 },
}

async function connect(
  options: Partial<ClientOptions> = {},
  create = createClient<AppRouter>,
): Promise<ClientAndConnection<AppRouter> & { server: RawServer; peer: RawConnection }> {
  const server = await startRawServer()
  onTestFinished(() => server.close())
  const client = create({ url: server.url, ...options })
  onTestFinished(() => client.connection.close())
  const peer = await server.accepts()
  const hello = (await peer.receives({ hello: /^trunkline-js\// })) as { session: string }
  peer.sends({ welcome: hello.session, ...WELCOME })
  await client.connection.connect()
  return { ...client, server, peer }
}

test('a query over a real socket resolves with its answer', async () => {
  const { api, connection, peer } = await connect()
  const greeting = api.greet.query({ name: 'Ada' })
  await peer.receives({ query: 1, path: 'greet', data: { name: 'Ada' } })
  peer.sends({ ok: 1, data: 'Hello Ada' })
  expect(await greeting).toBe('Hello Ada')
  expect(connection.status).toEqual({ state: 'open' })
})

test('calls, a subscription and a topic share one socket', async () => {
  const { api, peer, server } = await connect()
  const events: string[] = []
  api.room.subscribe({}, { onEvent: (event) => events.push(event), onGap: () => {} })
  const loop = (async () => {
    for await (const tick of api.ticks.subscribe()) return tick
    return undefined
  })()
  await peer.receives({ sub: 1, topic: 'room' })
  await peer.receives({ subscribe: 2, path: 'ticks' })
  peer.sends([
    { subbed: 1, as: 0, position: { epoch: 'e', offset: 0, tag: '' } },
    { event: 0, offset: 1, tag: 't', data: 'hi' },
    { item: 2, data: 5 },
  ])
  expect(await loop).toBe(5)
  expect(events).toEqual(['hi'])
  await peer.receives({ cancel: 2 })
  expect(server.handshakes).toBe(1)
})

test('the default codec carries what JSON cannot', async () => {
  const { api, peer } = await connect({}, createSuperjsonClient<AppRouter>)
  const at = new Date(0)
  const answer = held(api.greet.query({ name: at } as never))
  const frame = (await peer.receives({ query: 1 })) as { data: object; meta: object }
  expect(frame.meta).toBeDefined()
  peer.sends({ ok: 1, data: frame.data, meta: frame.meta })
  expect(await answer).toEqual({ name: at })
})

test('the codec, the constructor and the transport are options', async () => {
  const used: string[] = []
  class Mine extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols)
      used.push('WebSocket')
    }
  }
  const codec = { ...jsonCodec(), encode: () => ',"data":"mine"' }
  const { api, peer } = await connect({ WebSocket: Mine as unknown as WebSocketConstructor, codec })
  void held(api.greet.query({ name: 'Ada' }))
  await peer.receives({ query: 1, data: 'mine' })
  expect(used).toEqual(['WebSocket'])
})

test('a verb that is none is a TypeError that says which there are', () => {
  const { api } = createWorld<AppRouter>({ lazy: true })
  const wrong = api as unknown as { greet: { fetch(): unknown } }
  expect(() => wrong.greet.fetch()).toThrow('greet.fetch: there is no such verb.')
})

test('close leaves nothing behind: no socket, no timer, and no rejection that nobody asked for', async () => {
  const unhandled: unknown[] = []
  const onUnhandled = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', onUnhandled)
  onTestFinished(() => void process.off('unhandledRejection', onUnhandled))
  const server = await startRawServer()
  onTestFinished(() => server.close())
  const leaks = createLeakCheck()
  const { api, connection } = createClient<AppRouter>({ url: server.url, auth: async () => 'token' })
  api.room.subscribe({}, { onEvent: () => {}, onGap: () => {} })
  api.ticks.subscribe(undefined, { onItem: () => {} })
  const call = held(api.greet.query({ name: 'Ada' }))
  await server.accepts()
  connection.close()
  expect(await stateOf(call)).toMatchObject({ code: 'CONNECTION_CLOSED' })
  await leaks.nothingIsLeft()
  expect(unhandled).toEqual([])
})

test('a client that never reaches its server fails calls at their deadline, with nothing unhandled', async () => {
  const server = await startRawServer()
  await server.close()
  const { api, connection } = createClient<AppRouter>({
    url: server.url,
    reconnect: { baseMs: 1, capMs: 5 },
    // That of the platform need not say why.
    WebSocket: WebSocket as unknown as WebSocketConstructor,
  })
  onTestFinished(() => connection.close())
  await expect(api.greet.query({ name: 'Ada' }, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    fate: 'not-sent',
    message: 'Nothing was sent: see `connection.status`.',
  })
  // On a busy machine the first attempt may still be under way when the deadline passes.
  await eventually(() => connection.status.state === 'reconnecting' && connection.status.message)
  expect(connection.status.message).toContain('ECONNREFUSED')
})

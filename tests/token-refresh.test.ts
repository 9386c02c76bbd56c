import { createClient } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { acceptTransport, createServer } from '@trunkline/server'
import { createTransportPair, createVirtualClock, eventually } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { newToken, openPeer, startServer } from './support/open-peer.js'

interface Context {
  token: string
}
const t = trunkline<Context>()
const router = t.router({
  token: t.procedure.query(({ ctx }) => ctx.token),
  numbers: t.procedure.subscription(async function* ({ signal }) {
    for (let n = 1; !signal.aborted; n++) {
      yield n
      await new Promise((resolve) => setImmediate(resolve))
    }
  }),
})

test('a token that will expire is replaced on the open socket: calls and subscriptions go on, the context is new', async () => {
  const clock = createVirtualClock()
  const lifeMs = [10_000, 3_600_000]
  const { url, server } = await startServer<Context>({
    router,
    clock,
    authenticate: ({ token }) => ({
      identity: 'ada',
      token: token ?? '',
      expiresAt: clock.now() + (lifeMs.shift() ?? 0),
    }),
    context: ({ auth }) => ({ token: (auth as { token?: string }).token ?? '' }),
  })
  let tokens = 0
  const { api, connection } = createClient<typeof router>({ url, auth: () => `fake-${++tokens}` })
  onTestFinished(() => connection.close())
  const states: string[] = []
  const items: number[] = []
  api.numbers.subscribe(undefined, { onItem: (n) => items.push(n) })
  expect(await api.token.query()).toBe('fake-1')
  connection.on('changed', ({ state }) => states.push(state))
  await clock.advance(6_500)
  await eventually(async () => (await api.token.query()) === 'fake-2')
  // The life of the first one is over.
  await clock.advance(5_000)
  const seen = items.length
  await eventually(() => items.length > seen)
  expect(states).toEqual([])
  expect(server.metrics().sessionsOpened).toBe(1)
  expect(items).toEqual(items.map((_, index) => index + 1))
})

test('asks for a new token when half of its life is over, and only once', async () => {
  const clock = createVirtualClock()
  const { url } = await startServer<object>({
    router: trunkline().router({ ping: trunkline().procedure.query(() => 'pong') }),
    clock,
    authenticate: () => ({ identity: 'ada', expiresAt: clock.now() + 10_000 }),
  })
  const peer = await openPeer(url)
  await clock.advance(6_500)
  await peer.receives({ token: false })
  await clock.advance(5_000)
  await peer.isClosedWith(4411)
  expect(peer.messages.filter((message) => String(message).includes('{"token":false}'))).toHaveLength(1)
})

test('P3.10: asks for a new token 30 s before a long life is over, and in the middle of a short one', async () => {
  const clock = createVirtualClock()
  const { url } = await startServer<object>({
    router: trunkline().router({}),
    clock,
    heartbeat: { intervalMs: 10_000_000 },
    authenticate: ({ token }) => ({ identity: 'ada', expiresAt: clock.now() + Number(token) }),
  })
  const long = await openPeer(url, { token: '3600000' })
  const short = await openPeer(url, { token: '20000' })
  await clock.advance(9_000)
  expect(await short.ping()).toEqual([])
  await clock.advance(2_000)
  await short.receives({ token: false })
  await clock.advance(3_600_000 - 11_000 - 32_000)
  expect(await long.ping()).toEqual([])
  await clock.advance(3_000)
  await long.receives({ token: false })
})

test('an expiry in seconds, as a JWT has it, is refused with what is wrong', async () => {
  const { url } = await startServer<object>({
    router: trunkline().router({ ping: trunkline().procedure.query(() => 'pong') }),
    authenticate: () => ({ identity: 'ada', expiresAt: Math.floor(Date.now() / 1_000) + 3_600 }),
  })
  const { connection } = createClient<typeof router>({ url })
  onTestFinished(() => connection.close())
  await eventually(() => connection.status.reason === 'TOKEN_EXPIRED')
  expect(connection.status.message).toContain('expiresAt is in milliseconds')
})

test('P3.10: a token that comes just when another one was taken is answered as well', async () => {
  const server = createServer({
    router: trunkline().router({ ping: trunkline().procedure.query(() => 'pong') }),
    authenticate: async () => ({ identity: 'ada' }),
  })
  onTestFinished(() => server.close())
  // In memory a message comes between two steps of a promise, as a message of a socket hardly ever does.
  const { client, server: accepted } = createTransportPair()
  let received = ''
  client.attach({ onMessage: (message) => (received += message), onClose: () => {} })
  acceptTransport(server, accepted)
  client.send(JSON.stringify({ hello: 'test/1', session: newToken() }))
  await eventually(() => received.includes('"welcome"'))
  for (let apart = 0; apart < 40; apart++) {
    received = ''
    client.send('{"token":"a"}')
    for (let step = 0; step < apart; step++) await Promise.resolve()
    client.send('{"token":"b"}')
    await eventually(() => received.split('{"token":true}').length === 3, {
      message: `Two answers, ${apart} steps apart`,
    })
  }
})

import { createClient, isTrunklineError, safe } from '@trunkline/client'
import { createServer, type Server } from '@trunkline/server'
import { eventually } from '@trunkline/testkit'
import { expect, expectTypeOf, onTestFinished, test } from 'vitest'
import { type AppRouter, room, router } from './api.js'
import { users, verify } from './app.js'

async function startServer(): Promise<{ server: Server; port: number }> {
  const server = createServer({
    router,
    authenticate: async ({ token }) => {
      const claims = await verify(token)
      return { identity: claims.sub, expiresAt: claims.exp * 1000 }
    },
    context: ({ identity }) => ({ user: users.get(identity) }),
  })
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close({ drainMs: 0 }))
  return { server, port }
}

function connect(port: number, name: string): ReturnType<typeof createClient<AppRouter>> {
  const client = createClient<AppRouter>({ url: `ws://localhost:${port}`, auth: () => `fake-token-of-${name}` })
  onTestFinished(() => client.connection.close())
  return client
}

test('the code of the design: calls, items and events reach a typed client over a real socket', async () => {
  const { server, port } = await startServer()
  const { api, connection } = connect(port, 'ada')
  const { signal } = new AbortController()
  const received: unknown[] = []
  const statuses: string[] = []
  const events = api.room.subscribe(
    { room: 'general' },
    {
      onEvent: (event, { offset }) => received.push({ offset, ...event }),
      onGap: () => received.push('gap'),
      onStatus: (status) => statuses.push(status),
    },
  )
  await eventually(() => statuses.at(-1) === 'live')

  const message = await api.messages.send.mutate({ room: 'general', text: 'hi' }, { signal, timeoutMs: 5_000 })
  expectTypeOf(message).toEqualTypeOf<{ id: string; from: string; text: string; at: Date }>()
  expect(message).toEqual({ id: '1', from: 'ada', text: 'hi', at: expect.any(Date) })
  await server.publish(room, { room: 'general' }, { type: 'read', by: 'ada', messageId: '7' })
  await eventually(() => received.length === 2)
  expect(received).toEqual([
    { offset: 1, type: 'message', message },
    { offset: 2, type: 'read', by: 'ada', messageId: '7' },
  ])
  expect(await api.messages.list.query({ room: 'general' })).toEqual([message])

  const prices: number[] = []
  for await (const tick of api.ticks.subscribe({ symbol: 'ACME' })) {
    expect(tick.at).toBeInstanceOf(Date)
    prices.push(tick.price)
    if (prices.length === 1_000) break
  }
  expect(prices).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 4))

  expect(connection.status.state).toBe('open')
  events.unsubscribe()
})

test('people on a topic see each other, and typing stops by itself', async () => {
  const { port } = await startServer()
  const { api } = connect(port, 'ada')
  const { api: other } = connect(port, 'bob')
  const seen: string[] = []
  other.room.presence({ room: 'general' }).subscribe((members) => {
    seen.push(members.map(({ identity, state }) => `${identity}: ${state.typing ? '…' : state.name}`).join())
  })
  const here = api.room.join({ room: 'general' }, { name: 'Ada', typing: false })
  here.update({ typing: true }, { revertAfterMs: 300 })
  here.members.subscribe((members) => {
    expectTypeOf(members[0]?.state).toEqualTypeOf<{ name: string; typing: boolean } | undefined>()
  })
  await eventually(() => seen.includes('ada: …') && seen.at(-1) === 'ada: Ada')
  here.leave()
  await eventually(() => seen.at(-1) === '')
})

test('errors narrow by their declared code', async () => {
  const { port } = await startServer()
  const { api } = connect(port, 'mallory')
  const result = await safe(api.messages.send.mutate({ room: 'general', text: 'hi' }))
  if (result.ok) throw new Error('Mallory is muted.')
  if (result.error.code === 'MUTED') expectTypeOf(result.error.data).toEqualTypeOf<{ untilMs: number }>()
  expect(result.error).toMatchObject({ code: 'MUTED', data: { untilMs: 60_000 }, fate: 'executed' })
  try {
    await api.messages.send.mutate({ room: 'general', text: 'hi' })
  } catch (error) {
    if (!isTrunklineError(error, api.messages.send, 'MUTED')) throw error
    expect(error.data.untilMs).toBe(60_000)
  }
  expect.assertions(2)
})

test('a refused token is final, a forbidden room is closed', async () => {
  const { port } = await startServer()
  const stranger = createClient<AppRouter>({ url: `ws://localhost:${port}`, auth: () => 'nobody' })
  await expect(stranger.api.messages.list.query({ room: 'general' })).rejects.toMatchObject({
    code: 'CONNECTION_CLOSED',
    fate: 'not-sent',
    message: expect.stringContaining('UNAUTHENTICATED'),
  })
  expect(stranger.connection.status.state).toBe('closed')
  const { api } = connect(port, 'bob')
  let status = ''
  api.room.subscribe({ room: 'secret' }, { onEvent: () => {}, onGap: () => {}, onStatus: (next) => (status = next) })
  await eventually(() => status === 'closed')
})

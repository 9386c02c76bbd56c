import { trunkline } from '@trunkline/core'
import { createMemoryBroker } from '@trunkline/server'
import { createVirtualClock, eventually, type RawPeer } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test, vi } from 'vitest'
import { gate, newToken, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const room = t.topic({
  params: v.object({ room: v.string() }),
  event: v.string(),
  delivery: 'ephemeral',
  presence: v.object({ name: v.pipe(v.string(), v.maxLength(8)), typing: v.optional(v.boolean(), false) }),
})
const router = t.router({ room, plain: t.topic({ event: v.string(), delivery: 'ephemeral' }) })
const authenticate = ({ token }: { token: string | undefined }): { identity: string } => ({
  identity: token ?? 'nobody',
})
const params = { room: 'a' }
const isNumber = (value: unknown): boolean => typeof value === 'number'

/** A peer that watches; gives the number of the room. */
async function watcher(url: string, members: unknown[] = []): Promise<RawPeer & { as: number }> {
  const peer = await openPeer(url, { token: 'watcher' })
  peer.sends({ watch: 1, topic: 'room', params })
  const watched = (await peer.receives({ watched: 1, as: isNumber, count: members.length, members })) as { as: number }
  return Object.assign(peer, { as: watched.as })
}

test('a join, an update and a leave are answered, and told to who watches, each with the next version', async () => {
  const { url } = await startServer({ router, authenticate })
  const watching = await watcher(url)
  const { as } = watching
  const ada = await openPeer(url, { token: 'ada' })

  ada.sends({ join: 1, topic: 'room', params, data: { name: 'Ada' } })

  expect(await ada.receives({ ok: 1 })).toEqual({ ok: 1 })
  const state = { name: 'Ada', typing: false }
  expect(await watching.receives()).toEqual({ member: as, version: 1, count: 1, identity: 'ada', data: state })
  ada.sends({ update: 2, of: 1, data: { typing: true } })
  await ada.receives({ ok: 2 })
  await watching.receives({ member: as, version: 2, count: 1, identity: 'ada', data: { name: 'Ada', typing: true } })
  ada.sends({ leave: 3, of: 1 })
  await ada.receives({ ok: 3 })
  expect(await watching.receives()).toEqual({ left: as, version: 3, count: 0, identity: 'ada' })
})

test('who watches later gets the list first', async () => {
  const { url } = await startServer({ router, authenticate })
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ join: 1, topic: 'room', params, data: { name: 'Ada', typing: true } })
  await ada.receives({ ok: 1 })
  await watcher(url, [{ identity: 'ada', data: { name: 'Ada', typing: true } }])
})

test('changes of one turn are one frame for each member, and one message', async () => {
  const { url } = await startServer({ router, authenticate })
  const watching = await watcher(url)
  const { as } = watching
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ join: 1, topic: 'room', params, data: { name: 'Ada' } })
  await watching.receives({ member: as, version: 1 })
  const messages = watching.messages.length

  ada.sends([
    { update: 2, of: 1, data: { name: 'A' } },
    { update: 3, of: 1, data: { name: 'B' } },
    { update: 4, of: 1, data: { name: 'C' } },
  ])

  await ada.receives({ ok: 1 })
  for (const id of [2, 3, 4]) await ada.receives({ ok: id })
  await watching.receives({ member: as, version: 2, data: { name: 'C' } })
  expect(await watching.ping()).toEqual([])
  expect(watching.messages.slice(messages)).toHaveLength(2) // that one and the pong
})

test('a join that does not match its schema is refused, and so is what follows on it', async () => {
  const { url } = await startServer({ router, authenticate })
  const watching = await watcher(url)
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends([
    { join: 1, topic: 'room', params, data: { name: 7 } },
    { update: 2, of: 1, data: { name: 'Ada' } },
    { leave: 3, of: 99 },
  ])
  const answers = [await ada.receives(), await ada.receives(), await ada.receives()] as {
    error: number
    code: string
  }[]
  expect(answers.map(({ error, code }) => `${error} ${code}`).sort()).toEqual([
    '1 INVALID_INPUT',
    '2 NOT_FOUND',
    '3 NOT_FOUND',
  ])
  expect(await watching.ping()).toEqual([])
})

test('a refused update leaves the state as it was', async () => {
  const { url } = await startServer({ router, authenticate })
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ join: 1, topic: 'room', params, data: { name: 'Ada' } })
  await ada.receives({ ok: 1 })
  ada.sends({ update: 2, of: 1, data: { name: 'much too long' } })
  await ada.receives({ error: 2, code: 'INVALID_INPUT', issues: [{ path: ['name'] }] })
  await watcher(url, [{ identity: 'ada', data: { name: 'Ada', typing: false } }])
})

test('a topic without presence, an unknown one and params that do not match are refused', async () => {
  const { url } = await startServer({ router, authenticate })
  const peer = await openPeer(url)
  peer.sends({ join: 1, topic: 'plain', data: {} })
  await peer.receives({ error: 1, code: 'NOT_FOUND', message: /declares no presence/ })
  peer.sends({ join: 2, topic: 'nowhere', data: {} })
  await peer.receives({ error: 2, code: 'NOT_FOUND' })
  peer.sends({ join: 3, topic: 'room', params: { room: 7 }, data: { name: 'Ada' } })
  await peer.receives({ error: 3, code: 'INVALID_INPUT' })
  peer.sends({ watch: 4, topic: 'plain' })
  await peer.receives({ closed: 4, code: 'NOT_FOUND' })
  peer.sends({ watch: 5, topic: 'room', params: { room: 7 } })
  await peer.receives({ closed: 5, code: 'INVALID_INPUT' })
})

test('`authorize` is asked for the action join, and for subscribe by who watches', async () => {
  const asked: string[] = []
  const guarded = t.topic({
    event: v.string(),
    delivery: 'ephemeral',
    presence: v.string(),
    authorize: ({ action }) => {
      asked.push(action)
      return false
    },
  })
  const { url } = await startServer({ router: t.router({ guarded }) })
  const peer = await openPeer(url)
  peer.sends({ join: 1, topic: 'guarded', data: 'x' })
  await peer.receives({ error: 1, code: 'FORBIDDEN', message: /join/ })
  peer.sends({ watch: 2, topic: 'guarded' })
  await peer.receives({ closed: 2, code: 'FORBIDDEN' })
  expect(asked).toEqual(['join', 'subscribe'])
})

test('who leaves while `authorize` still thinks is never shown', async () => {
  const release = gate()
  const guarded = t.topic({
    event: v.string(),
    delivery: 'ephemeral',
    presence: v.string(),
    authorize: async ({ action }) => {
      if (action === 'join') await release.promise
      return true
    },
  })
  const { url } = await startServer({ router: t.router({ guarded }), authenticate })
  const watching = await openPeer(url)
  watching.sends({ watch: 1, topic: 'guarded' })
  await watching.receives({ watched: 1, count: 0 })
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends([
    { join: 1, topic: 'guarded', data: 'x' },
    { leave: 2, of: 1 },
  ])
  await ada.ping()
  release.open()
  await ada.receives({ error: 1, code: 'NOT_FOUND' })
  await ada.receives({ ok: 2 })
  expect(await watching.ping()).toEqual([])
})

test('a state is at most 4,096 units and holds no attachments', async () => {
  const big = t.topic({ event: v.string(), delivery: 'ephemeral', presence: v.unknown() })
  const { url } = await startServer({ router: t.router({ big }) })
  const peer = await openPeer(url)
  peer.sends({ join: 1, topic: 'big', data: 'x'.repeat(4_096 - ',"data":""'.length) })
  await peer.receives({ ok: 1 })
  peer.sends({ update: 2, of: 1, data: 'x'.repeat(4_097 - ',"data":""'.length) })
  await peer.receives({ error: 2, code: 'PAYLOAD_TOO_LARGE' })
})

test('joins, watches and subscriptions share one limit', async () => {
  const { url } = await startServer({ router, authenticate, limits: { maxSubscriptions: 3 } })
  const peer = await openPeer(url, { token: 'ada' })
  peer.sends({ sub: 1, topic: 'room', params })
  await peer.receives({ subbed: 1 })
  peer.sends({ watch: 2, topic: 'room', params })
  await peer.receives({ watched: 2 })
  peer.sends({ join: 3, topic: 'room', params, data: { name: 'Ada' } })
  await peer.receives({ ok: 3 })
  await peer.receives({ member: isNumber })
  peer.sends({ join: 4, topic: 'room', params, data: { name: 'Ada' } })
  await peer.receives({ error: 4, code: 'LIMIT_EXCEEDED' })
  peer.sends({ sub: 5, topic: 'room', params: { room: 'b' } })
  await peer.receives({ closed: 5, code: 'LIMIT_EXCEEDED' })
  peer.sends({ watch: 6, topic: 'room', params: { room: 'b' } })
  await peer.receives({ closed: 6, code: 'LIMIT_EXCEEDED' })
  peer.sends({ leave: 7, of: 3 })
  await peer.receives({ ok: 7 })
  await peer.receives({ left: isNumber })
  peer.sends({ join: 8, topic: 'room', params, data: { name: 'Ada' } })
  await peer.receives({ ok: 8 })
})

test('an id that does not increase is a bad frame, and a connection watches a topic once', async () => {
  const { url } = await startServer({ router, authenticate })
  const peer = await openPeer(url, { token: 'ada' })
  peer.sends({ join: 5, topic: 'room', params, data: { name: 'Ada' } })
  await peer.receives({ ok: 5 })
  peer.sends({ update: 5, of: 5, data: { name: 'Eve' } })
  await peer.receives({ error: 5, code: 'BAD_FRAME' })
  peer.sends({ watch: 6, topic: 'room', params })
  await peer.receives({ watched: 6 })
  peer.sends({ watch: 6, topic: 'room', params })
  await peer.receives({ error: 6, code: 'BAD_FRAME' })
  peer.sends({ watch: 7, topic: 'room', params })
  await peer.receives({ closed: 7, code: 'BAD_FRAME' })
})

test('`unsub` ends a watch: nothing follows, and another may begin', async () => {
  const { url } = await startServer({ router, authenticate })
  const watching = await watcher(url)
  watching.sends({ unsub: 1 })
  await watching.ping()
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ join: 1, topic: 'room', params, data: { name: 'Ada' } })
  await ada.receives({ ok: 1 })
  expect(await watching.ping()).toEqual([])
  watching.sends({ watch: 2, topic: 'room', params })
  await watching.receives({ watched: 2, count: 1 })
})

test('P5.12: goodbye ends the presence of the session at once', async () => {
  const { url, server } = await startServer({ router, authenticate })
  const watching = await watcher(url)
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ join: 1, topic: 'room', params, data: { name: 'Ada' } })
  await watching.receives({ member: watching.as, identity: 'ada' })
  ada.sends({ bye: true })
  await watching.receives({ left: watching.as, identity: 'ada', version: 2, count: 0 })
  await eventually(() => server.metrics().sessions === 1)
})

test('P5.12: members of an identity are one, and the state of the join updated last shows', async () => {
  const { url } = await startServer({ router, authenticate })
  const watching = await watcher(url)
  const { as } = watching
  const first = await openPeer(url, { token: 'ada' })
  const second = await openPeer(url, { token: 'ada' })
  first.sends({ join: 1, topic: 'room', params, data: { name: 'one' } })
  await watching.receives({ member: as, version: 1, count: 1, data: { name: 'one' } })
  second.sends({ join: 1, topic: 'room', params, data: { name: 'two' } })
  await watching.receives({ member: as, version: 2, count: 1, data: { name: 'two' } })
  first.sends({ update: 2, of: 1, data: { typing: true } })
  await watching.receives({ member: as, version: 3, count: 1, data: { name: 'one', typing: true } })
  first.sends({ leave: 3, of: 1 })
  await watching.receives({ member: as, version: 4, count: 1, data: { name: 'two', typing: false } })
  second.sends({ leave: 2, of: 1 })
  await watching.receives({ left: as, version: 5, count: 0 })
})

test('P5.12: a join of a session that is resumed goes on, and its state can be updated', async () => {
  const { url } = await startServer({ router, authenticate })
  const watching = await watcher(url)
  const session = newToken()
  const first = await openPeer(url, { token: 'ada', session })
  first.sends({ join: 1, topic: 'room', params, data: { name: 'Ada' } })
  await first.receives({ ok: 1 })
  await watching.receives({ member: watching.as, version: 1 })
  first.terminate()
  const second = await openPeer(url, { token: 'ada', session, received: 1 })
  expect(second.welcome.resumed).toBe(true)
  second.sends({ update: 2, of: 1, data: { typing: true } })
  await second.receives({ ok: 2 })
  await watching.receives({ member: watching.as, version: 2, data: { name: 'Ada', typing: true } })
})

test('what is put back is no update: of two tabs the one that was updated since still shows', async () => {
  const clock = createVirtualClock()
  const { url } = await startServer({ router, authenticate, clock })
  const watching = await watcher(url)
  const [first, second] = [await openPeer(url, { token: 'ada' }), await openPeer(url, { token: 'ada' })]
  first.sends({ join: 1, topic: 'room', params, data: { name: 'First' } })
  await first.receives({ ok: 1 })
  first.sends({ update: 2, of: 1, data: { typing: true }, revertAfterMs: 1_000 })
  await first.receives({ ok: 2 })
  second.sends({ join: 1, topic: 'room', params, data: { name: 'Second' } })
  await second.receives({ ok: 1 })
  await eventually(() => watching.messages.some((message) => String(message).includes('Second')))
  const told = watching.messages.length
  await clock.advance(2_000)
  await watching.ping()
  expect(watching.messages.slice(told).filter((message) => String(message).includes('member'))).toEqual([])
})

test('a room whose last watcher lost its socket is let go', async () => {
  const broker = createMemoryBroker()
  onTestFinished(() => broker.close())
  const stops: ReturnType<typeof vi.fn>[] = []
  const watch = broker.presence.watch.bind(broker.presence)
  vi.spyOn(broker.presence, 'watch').mockImplementation(async (...args) => {
    const stop = vi.fn(await watch(...args))
    stops.push(stop)
    return stop
  })
  const { url } = await startServer({ router, authenticate, broker })
  const watching = await watcher(url)
  expect(stops.map((stop) => stop.mock.calls.length)).toEqual([0])
  watching.terminate()
  await eventually(() => stops[0]?.mock.calls.length === 1)
})

test('P5.12: a member whose socket is lost stays for graceMs and then leaves', async () => {
  const clock = createVirtualClock()
  const { url, server } = await startServer({
    router,
    authenticate,
    clock,
    resumeMs: 60_000,
    presence: { graceMs: 8_000 },
  })
  const watching = await watcher(url)
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends({ join: 1, topic: 'room', params, data: { name: 'Ada' } })
  await ada.receives({ ok: 1 })
  await watching.receives({ member: watching.as, identity: 'ada' })
  ada.terminate()
  await eventually(() => server.metrics().connections === 1)
  await clock.advance(7_900)
  expect(await watching.ping()).toEqual([])
  await clock.advance(2_000)
  await watching.receives({ left: watching.as, identity: 'ada' })
})

test('presence does not wait for calls: where all slots are taken one can join and leave, and never fails to leave (P10.3)', async () => {
  const { promise: opened, open } = gate()
  const slow = trunkline().procedure.mutation(() => opened)
  const { url } = await startServer({
    router: t.router({ room, slow }),
    authenticate,
    limits: { maxCalls: 1 },
  })
  const watching = await watcher(url)
  const { as } = watching
  const ada = await openPeer(url, { token: 'ada' })
  ada.sends([
    { mutate: 1, path: 'slow' },
    { mutate: 2, path: 'slow' },
  ])
  await ada.receives({ error: 2, code: 'LIMIT_EXCEEDED' })
  ada.sends({ join: 3, topic: 'room', params, data: { name: 'Ada' } })
  await ada.receives({ ok: 3 })
  await watching.receives({ member: as, count: 1 })
  // Its own slots are as many: of two at once the second is refused. A `leave` is not, whatever else is open.
  ada.sends([
    { update: 4, of: 3, data: { name: 'A' } },
    { update: 5, of: 3, data: { name: 'B' } },
    { leave: 6, of: 3 },
  ])
  await ada.receives({ error: 5, code: 'LIMIT_EXCEEDED', message: '1 joins and updates are not answered yet.' })
  await ada.receives({ error: 4, code: 'NOT_FOUND' })
  await ada.receives({ ok: 6 })
  await watching.receives({ left: as, count: 0 })
  open()
  await ada.receives({ ok: 1 })
})

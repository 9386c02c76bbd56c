/** Events of an idempotent mutation that runs again (P5.8): its keys are lost with the server, the broker is not. */
import { type Publish, trunkline } from '@trunkline/core'
import { type Broker, createMemoryBroker } from '@trunkline/server'
import * as v from 'valibot'
import { expect, test, vi } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const room = t.topic({ params: v.object({ room: v.string() }), event: v.unknown(), delivery: 'log' })
const prices = t.topic({ event: v.object({ symbol: v.string() }), delivery: 'latest', key: ({ symbol }) => symbol })
const cursors = t.topic({ event: v.unknown(), delivery: 'ephemeral' })

type Steps = (publish: Publish) => Promise<unknown>

/** Runs the mutation on one server and, re-sent, on another one with the same broker. Gives what the broker was given. */
async function runTwice(steps: Steps, again: Steps = steps, path = 'act') {
  const broker = createMemoryBroker()
  const publish = vi.spyOn(broker, 'publish')
  const set = broker.latest === undefined ? undefined : vi.spyOn(broker.latest, 'set')
  let runs = 0
  const handler = ({ publish }: { publish: Publish }): Promise<unknown> => (runs++ === 0 ? steps : again)(publish)
  const router = t.router({
    room,
    prices,
    cursors,
    act: t.procedure.idempotent({ onLost: 'rerun' }).mutation(handler),
    audited: t.procedure
      .use(async (args) => {
        await args.publish(room, { room: 'audit' }, `tried ${args.idempotencyKey}`)
        const result = await args.next()
        // Read anew, behind the handler: it is still not the handler's.
        await args.publish(room, { room: 'audit' }, `done ${args.idempotencyKey}`)
        return result
      })
      .idempotent({ onLost: 'rerun' })
      .mutation(handler),
  })
  const first = await startServer({ router, broker })
  const before = await openPeer(first.url)
  before.sends({ mutate: 1, path, key: 'k' })
  await before.receives({ ok: 1 })
  await first.server.close()
  const after = await openPeer((await startServer({ router, broker })).url)
  after.sends({ mutate: 1, path, key: 'k', resend: true, keys: before.welcome.keys })
  await after.receives({ ok: 1 })
  expect(runs).toBe(2)
  return { broker, publish, set, after }
}

async function eventsOf(broker: Broker, key: string): Promise<unknown[]> {
  const { entries } = await broker.read(key, 'start', { events: 1_000, bytes: 1_000_000 })
  return entries.map(({ payload }) => payload)
}

const general = 'room?{"room":"general"}'
const other = 'room?{"room":"other"}'
const say = (publish: Publish, name: string, what: unknown): Promise<unknown> => publish(room, { room: name }, what)

test('P5.8: a mutation that runs again on a server with the same broker publishes each event once', async () => {
  const { broker } = await runTwice(async (publish) => {
    await say(publish, 'general', 'one')
    await say(publish, 'general', 'one')
    await say(publish, 'other', 'two')
  })
  expect(await eventsOf(broker, general)).toEqual([',"data":"one"', ',"data":"one"'])
  expect(await eventsOf(broker, other)).toEqual([',"data":"two"'])
})

test('P5.8: what the second run publishes beyond the first is published; topics are counted by themselves', async () => {
  const { broker } = await runTwice(
    (publish) => say(publish, 'general', 'first run only'),
    async (publish) => {
      await say(publish, 'other', 'second run only')
      await say(publish, 'general', 'again')
      await say(publish, 'general', 'more')
    },
  )
  expect(await eventsOf(broker, general)).toEqual([',"data":"first run only"', ',"data":"more"'])
  expect(await eventsOf(broker, other)).toEqual([',"data":"second run only"'])
})

test('P5.8: an id of the app and ephemeral events are left as they are; an entry of a table is set once', async () => {
  const { publish, set } = await runTwice(async (publish) => {
    await publish(room, { room: 'general' }, 'own', { id: 'own' })
    await publish(room, { room: 'general' }, 'typing', { ephemeral: true })
    await publish(cursors, {}, 'here')
    await publish(prices, {}, { symbol: 'ACME' })
  })
  const ids = publish.mock.calls.map(([, { id }]) => id)
  expect(ids).toEqual(['own', undefined, undefined, 'own', undefined, undefined])
  const [once, again] = set?.mock.calls.map(([, { id }]) => id) ?? []
  expect(once).toMatch(/./)
  expect(again).toBe(once)
})

test('P5.8: what middleware publishes is not of the run: each try is told', async () => {
  const { broker } = await runTwice((publish) => say(publish, 'general', 'one'), undefined, 'audited')
  expect(await eventsOf(broker, general)).toHaveLength(1)
  expect(await eventsOf(broker, 'room?{"room":"audit"}')).toHaveLength(4)
})

test('P5.8: another key, path or identity has events of its own', async () => {
  const broker = createMemoryBroker()
  const act = t.procedure.idempotent().mutation(({ publish }) => publish(room, { room: 'general' }, 'x'))
  const { url } = await startServer({
    router: t.router({ room, act, same: { act } }),
    broker,
    authenticate: ({ token = 'ada' }) => ({ identity: token }),
  })
  const ada = await openPeer(url)
  ada.sends([
    { mutate: 1, path: 'act', key: 'k' },
    { mutate: 2, path: 'act', key: 'l' },
    { mutate: 3, path: 'same.act', key: 'k' },
    { mutate: 4, path: 'act', key: 'k' },
  ])
  for (let count = 0; count < 4; count++) await ada.receives({ ok: () => true })
  const grace = await openPeer(url, { token: 'grace' })
  grace.sends({ mutate: 1, path: 'act', key: 'k' })
  await grace.receives({ ok: 1 })
  expect(await eventsOf(broker, general)).toHaveLength(4)
})

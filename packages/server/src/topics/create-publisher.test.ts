import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createPublisher } from './create-publisher.js'
import { createMemoryBroker } from './memory-broker.js'

const t = trunkline()
const createTopic = () =>
  t.topic({
    params: v.object({ room: v.string() }),
    event: v.object({ text: v.string(), at: v.optional(v.date()) }),
    delivery: 'log',
  })

test('publishes under the path of the topic and its canonical params, as a server does', async () => {
  const room = createTopic()
  const broker = createMemoryBroker()
  const { publish } = createPublisher({ router: t.router({ chat: { room } }), broker })

  const position = await publish(room, { room: 'a' }, { text: 'hi', at: new Date(0) })

  const page = await broker.read('chat.room?{"room":"a"}', 'start', { events: 10, bytes: 10_000 })
  expect(page.top).toEqual(position)
  expect(page.entries[0]?.payload).toContain('"text":"hi"')
  await broker.close()
})

test('takes a router of contracts, and finds topics in lazy routers', async () => {
  const room = createTopic()
  const inner = createTopic()
  const router = t.router({
    room,
    send: t.procedure.mutation(),
    lazy: t.lazy(async () => t.router({ inner, deeper: t.lazy(async () => t.router({})) })),
  })
  const broker = createMemoryBroker()
  const { publish } = createPublisher({ router, broker })

  expect(await publish(inner, { room: 'a' }, { text: 'hi' })).toMatchObject({ offset: 1 })
  expect((await broker.read('lazy.inner?{"room":"a"}', 'start', { events: 1, bytes: 1 })).entries).toHaveLength(1)
  await broker.close()
})

test('a topic of another router is NOT_FOUND, params that do not match are INVALID_INPUT', async () => {
  const room = createTopic()
  const broker = createMemoryBroker()
  const { publish } = createPublisher({ router: t.router({ room }), broker })

  await expect(publish(createTopic(), { room: 'a' }, { text: 'hi' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  // What the types forbid is what a caller without types can send.
  await expect(publish(room, { room: 1 } as never, { text: 'hi' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await broker.close()
})

test('what is not a router is refused when the publisher is made', () => {
  expect(() => createPublisher({ router: {} as never, broker: createMemoryBroker() })).toThrow(TypeError)
})

test('publishes on the topic that implement made of a contract, by either of them', async () => {
  const room = createTopic()
  const contract = t.router({ chat: { room } })
  const router = t.implement(contract, { chat: { room: { authorize: () => true } } })
  const broker = createMemoryBroker()
  const { publish } = createPublisher({ router, broker })

  expect(await publish(room, { room: 'a' }, { text: 'hi' })).toMatchObject({ offset: 1 })
  expect((await broker.read('chat.room?{"room":"a"}', 'start', { events: 1, bytes: 1 })).entries).toHaveLength(1)
  await broker.close()
})

test('finds a topic under its own name in what import() gives of a CommonJS module', async () => {
  // Before 'default' in the alphabet, as import() sorts its names: it was published on lazy.module.exports.alerts.
  const alerts = createTopic()
  const exports = { alerts }
  const router = t.router({ lazy: t.lazy(async () => ({ ...exports, default: exports, 'module.exports': exports })) })
  const broker = createMemoryBroker()
  const { publish } = createPublisher({ router, broker })

  await publish(alerts, { room: 'a' }, { text: 'hi' })
  expect((await broker.read('lazy.alerts?{"room":"a"}', 'start', { events: 1, bytes: 1 })).entries).toHaveLength(1)
  await broker.close()
})

test('a topic at two paths is refused, as by a server: it is not known which of the two is meant', () => {
  const room = createTopic()
  const router = t.router({ a: { room }, b: { room } })
  expect(() => createPublisher({ router, broker: createMemoryBroker() })).toThrow('a.room and b.room')
})

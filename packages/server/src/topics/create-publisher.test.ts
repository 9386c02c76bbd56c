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

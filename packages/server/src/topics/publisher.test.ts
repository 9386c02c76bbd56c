import { expect, test } from 'vitest'
import { createTopicHarness, defineTopic } from './testing/topic-harness.js'

const definition = defineTopic()

test('gives the position that the broker accepted the event at', async () => {
  const { publish } = createTopicHarness()

  expect(await publish('a')).toMatchObject({ offset: 1 })
  expect(await publish('b')).toMatchObject({ offset: 2 })
})

test('one id is one event, whoever publishes it', async () => {
  const { publish, subscribe, clock } = createTopicHarness()
  const client = await subscribe()

  const first = await publish('a')
  expect(await publish('a')).toEqual(first)
  await clock.settle()

  expect(client.ids()).toEqual(['a'])
})

test('without an id two equal events are two', async () => {
  const { hub, subscribe, clock } = createTopicHarness()
  const request = { path: 'room', key: 'room?{}', definition, event: { id: 'a' } }
  await hub.publish(request)
  await hub.publish(request)
  await clock.settle()

  expect((await subscribe('start')).subscription(1).events).toHaveLength(2)
})

test('an event that its schema refuses is INVALID_INPUT, and nothing is published', async () => {
  const { hub, subscribe } = createTopicHarness()
  const request = { path: 'room', key: 'room?{}', definition, event: { id: 7 } }

  await expect(hub.publish(request)).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['id'] }] })
  expect((await subscribe('start')).ids()).toEqual([])
})

test('an event larger than maxPayloadBytes is PAYLOAD_TOO_LARGE', async () => {
  const { publish } = createTopicHarness(definition, { maxPayloadBytes: 100 })

  await expect(publish('a', { text: 'x'.repeat(100) })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
})

test('an answer that is lost is asked for again with the same id: there is one event', async () => {
  const { publish, subscribe, broker, clock } = createTopicHarness()
  const client = await subscribe()
  broker.afterPublish = () => new Promise(() => {})
  const position = publish('a')
  await clock.settle()
  broker.afterPublish = () => {}
  await clock.advance(6_000)

  expect(await position).toMatchObject({ offset: 1 })
  expect(client.ids()).toEqual(['a'])
})

test('a broker that stays away is BROKER_UNAVAILABLE with fate maybe-executed after three tries', async () => {
  const { publish, broker, clock } = createTopicHarness()
  let tries = 0
  broker.beforePublish = () => {
    tries += 1
    throw new Error('down')
  }
  const refused = expect(publish('a')).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE', fate: 'maybe-executed' })
  await clock.advance(1_000)
  await refused

  expect(tries).toBe(3)
})

test('an ephemeral event without an id is tried once: a second try could be a second event', async () => {
  const { hub, broker } = createTopicHarness()
  let tries = 0
  broker.beforePublish = () => {
    tries += 1
    throw new Error('down')
  }
  const request = { path: 'room', key: 'room?{}', definition, event: { id: 'a' }, ephemeral: true }

  await expect(hub.publish(request)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
  expect(tries).toBe(1)
})

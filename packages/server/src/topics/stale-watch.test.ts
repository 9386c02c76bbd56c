import { afterEach, expect, test } from 'vitest'
import { createTopicHarness, type TopicHarness } from './testing/topic-harness.js'

let harness: TopicHarness

afterEach(() => harness.close())

test('a deaf broker makes the node stale; it is current again when what was missed has been handed out (P6.9)', async () => {
  harness = createTopicHarness()
  const { subscribe, publishMany, broker, stale, clock, hub } = harness
  const client = await subscribe()
  broker.hears = () => false
  broker.setState('stale')
  expect(stale).toEqual([true])
  expect(hub.isStale).toBe(true)
  // More than one page.
  await publishMany('m', 300)
  expect(client.ids()).toEqual([])

  broker.hears = () => true
  let answer = (): void => {}
  broker.afterRead = () => new Promise<void>((resolve) => (answer = resolve))
  broker.setState('proved')
  await clock.settle()
  expect(stale).toEqual([true])
  broker.afterRead = () => {}
  answer()
  await clock.settle()

  expect(client.ids()).toHaveLength(300)
  expect(client.faults).toEqual([])
  expect(stale).toEqual([true, false])
})

test('a broker that turns stale again while topics are read keeps the node stale', async () => {
  harness = createTopicHarness()
  const { subscribe, broker, stale, clock } = harness
  await subscribe()
  broker.setState('stale')
  let answer = (): void => {}
  broker.afterRead = () => new Promise<void>((resolve) => (answer = resolve))
  broker.setState('proved')
  await clock.settle()
  broker.setState('stale')
  answer()
  await clock.settle()

  expect(stale).toEqual([true])
})

test('a hole that takes long to read makes the node stale after a second, which is no failure of the broker', async () => {
  const failures: unknown[] = []
  harness = createTopicHarness(undefined, { onBrokerFailed: (_key, error) => failures.push(error) })
  const { subscribe, publishMany, broker, stale, clock } = harness
  const client = await subscribe()
  broker.hears = (entry) => entry.offset !== 1
  let answer = (): void => {}
  broker.afterRead = () => new Promise<void>((resolve) => (answer = resolve))
  await publishMany('m', 2)
  await clock.advance(999)
  expect(stale).toEqual([])
  await clock.advance(1)
  expect(stale).toEqual([true])
  answer()
  await clock.settle()

  expect(stale).toEqual([true, false])
  expect(client.ids()).toEqual(['m1', 'm2'])
  expect(failures).toEqual([])
})

test('a hole that cannot be read makes the node stale until it can', async () => {
  harness = createTopicHarness()
  const { subscribe, publishMany, broker, stale, clock } = harness
  const client = await subscribe()
  broker.hears = (entry) => entry.offset !== 1
  broker.beforeRead = () => Promise.reject(new Error('down'))
  await publishMany('m', 2)
  expect(stale).toEqual([true])

  broker.beforeRead = () => {}
  await clock.advance(5_000)
  expect(stale).toEqual([true, false])
  expect(client.ids()).toEqual(['m1', 'm2'])
})

test('a topic that opened while the broker was deaf is read again before the node is current', async () => {
  harness = createTopicHarness()
  const { subscribe, publishMany, broker, stale, clock } = harness
  broker.hears = () => false
  broker.setState('stale')
  let answer = (): void => {}
  broker.afterRead = () => new Promise<void>((resolve) => (answer = resolve))
  const client = await subscribe()
  await publishMany('m', 2)
  broker.afterRead = () => {}
  broker.setState('proved')
  answer()
  await clock.settle()
  await clock.settle()

  expect(client.ids()).toEqual(['m1', 'm2'])
  expect(stale).toEqual([true, false])
})

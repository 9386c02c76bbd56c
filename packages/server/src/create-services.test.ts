import { trunkline } from '@trunkline/core'
import { createVirtualClock } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { Connection } from './connection.js'
import { createServices } from './create-services.js'
import type { TopicSubscriber } from './topics/subscription.js'

/** Counts how often somebody looks through it. */
class Connections extends Set<Connection> {
  looks = 0
  override [Symbol.iterator](): SetIterator<Connection> {
    this.looks += 1
    return super[Symbol.iterator]()
  }
}

test('tells of a reader that fell behind without a look through all connections: a thousand may at once', async () => {
  const t = trunkline()
  const topic = t.topic({ delivery: 'log', event: v.number() })
  const clock = createVirtualClock()
  const connections = new Connections()
  const services = createServices({ router: t.router({ news: topic }), clock }, connections)
  const behind: string[] = []
  services.observer.events.on('topic-behind', (event) => behind.push(event.topic))
  const full: TopicSubscriber = { send: () => {}, sendPrepared: () => {}, bufferedBytes: 1e9, whenWritable: () => {} }
  services.hub.subscribe(full, { key: 'news?{}', definition: topic['~topic'] }, { id: 1, since: 'now' })
  await clock.settle()
  await services.publish(topic, {}, 1)
  await clock.settle()

  expect(behind).toEqual(['news?{}'])
  expect(connections.looks).toBe(0)
  await services.hub.close()
  await services.closeBroker()
})

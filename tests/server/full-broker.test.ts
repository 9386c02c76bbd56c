/** What clients can make the broker in memory keep: topics that they name are bounded together, not only each by itself. */
import { trunkline } from '@trunkline/core'
import { createMemoryBroker } from '@trunkline/server'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const params = v.object({ name: v.string() })
const log = t.topic({ params, event: v.string(), delivery: 'log', clientPublish: true })
const table = t.topic({ params, event: v.string(), delivery: 'latest', clientPublish: true })
const router = t.router({ log, table })

test.each(['log', 'table'])('a client that names topics without end is told that all is full: %s', async (topic) => {
  const broker = createMemoryBroker({ maxBytes: 100_000 })
  const { url, server } = await startServer({ router, broker })
  const peer = await openPeer(url)
  const publish = (publish: number, name: string): object => ({
    publish,
    topic,
    params: { name },
    data: 'x'.repeat(9_998),
  })
  for (let id = 1; id <= 7; id++) {
    peer.sends(publish(id, `${id}`))
    await peer.receives({ ok: id })
  }
  peer.sends(publish(8, '8'))
  const message =
    'Nothing was published: all topics together would keep more than 100000 bytes (maxBytes of createMemoryBroker).'
  expect(await peer.receives({ error: 8, code: 'LIMIT_EXCEEDED', message })).not.toHaveProperty('fate')
  // One try: what is full is full for the next second as well.
  expect(server.metrics().errors).toEqual({ LIMIT_EXCEEDED: 1 })
  await expect(server.publish(log, { name: 'another' }, 'x'.repeat(20_000))).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  })
})

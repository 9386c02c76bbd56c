/**
 * Two servers behind one nginx. They share nothing: a client that moves from one to the other is told so.
 */
import { createFaultProxy, eventually, type FaultProxy } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { type Nginx, startNginx } from './nginx.js'
import { connectClient, feed, type ProxiedApp, startApp } from './proxied-app.js'

interface Cluster {
  readonly nodes: readonly [ProxiedApp, ProxiedApp]
  readonly nginx: Nginx
  /** In front of nginx, to drop what passes it. */
  readonly network: FaultProxy
}

async function startCluster(options: { roundRobin: boolean }): Promise<Cluster> {
  const nodes = [await startApp({ name: 'one' }), await startApp({ name: 'two' })] as const
  const nginx = await startNginx({ targets: [nodes[0].port, nodes[1].port], ...options })
  const network = await createFaultProxy({ targetPort: nginx.port })
  onTestFinished(() => network.close())
  return { nodes, nginx, network }
}

/** The node on which a client is, and the other one. */
function nodesOf({ nodes }: Cluster, name: string): { own: ProxiedApp; other: ProxiedApp } {
  return name === 'one' ? { own: nodes[0], other: nodes[1] } : { own: nodes[1], other: nodes[0] }
}

test('with ip_hash a dropped client comes back to its node and goes on in its session', async () => {
  const cluster = await startCluster({ roundRobin: false })
  const { api, connection } = connectClient(cluster.network.url)
  const name = await api.name.query()
  const { own, other } = nodesOf(cluster, name)
  const call = api.slow.mutate()
  await eventually(() => own.waiting.length === 1)

  for (let resumed = 1; resumed <= 3; resumed++) {
    cluster.network.cutAll()
    await eventually(() => own.server.metrics().sessionsResumed === resumed)
  }
  own.waiting[0]?.()
  expect(await call).toBe(name)
  expect(connection.status.state).toBe('open')
  expect(other.server.metrics().sessionsOpened).toBe(0)
})

test('round robin moves a dropped client to the other node: calls say their fate, queries run there, topics tell of a gap', async () => {
  const cluster = await startCluster({ roundRobin: true })
  const { api } = connectClient(cluster.network.url)
  const { own, other } = nodesOf(cluster, await api.name.query())
  const seen: unknown[] = []
  const topic = api.feed.subscribe(
    {},
    { onEvent: (event) => seen.push(event), onGap: ({ reason }) => seen.push(reason) },
  )
  await eventually(() => topic.status() === 'live')
  await own.server.publish(feed, {}, 1)
  await eventually(() => seen.length === 1)
  const items: number[] = []
  const statuses: string[] = []
  api.count.subscribe(undefined, { onItem: (item) => items.push(item), onStatus: (status) => statuses.push(status) })
  await eventually(() => items.length > 10)
  const query = api.slowQuery.query()
  const lost = [api.slow.mutate(), api.slowOnce.mutate()].map((call) => call.catch((error: unknown) => error))
  await eventually(() => own.waiting.length === 3)

  cluster.network.cutAll()
  for (const error of await Promise.all(lost)) {
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', fate: 'maybe-executed' })
  }
  await eventually(() => seen.length === 2)
  // What is published where nobody is any more is not heard; what is published here is.
  await own.server.publish(feed, {}, 99)
  await other.server.publish(feed, {}, 2)
  await eventually(() => seen.length === 3)
  expect(seen).toEqual([1, 'epoch', 2])
  await eventually(() => other.waiting.length > 0)
  // The query alone: no mutation ran a second time.
  expect(other.waiting).toHaveLength(1)
  other.waiting[0]?.()
  expect(await query).toBe(await api.name.query())
  await eventually(() => statuses.includes('restarted'))
  // The old node forgets who went away.
  expect(own.server.metrics().connections).toBe(0)
})

test('when a node goes down its clients are on the other one at once, and told so', async () => {
  const cluster = await startCluster({ roundRobin: false })
  const { api } = connectClient(cluster.network.url)
  const name = await api.name.query()
  const { own, other } = nodesOf(cluster, name)
  const seen: unknown[] = []
  const topic = api.feed.subscribe(
    {},
    { onEvent: (event) => seen.push(event), onGap: ({ reason }) => seen.push(reason) },
  )
  await eventually(() => topic.status() === 'live')

  await own.server.close()
  await eventually(() => seen.length === 1)
  expect(seen).toEqual(['epoch'])
  expect(await api.name.query()).not.toBe(name)
  await eventually(() => topic.status() === 'live')
  await other.server.publish(feed, {}, 1)
  await eventually(() => seen.length === 2)
  expect(seen).toEqual(['epoch', 1])
})

/**
 * nginx reloaded, restarted and crashed under calls, a subscription and a topic; and the server behind it restarted.
 */
import { checkSequence, connectRawPeer, eventually } from '@trunkline/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { type Nginx, startNginx } from './nginx.js'
import { connectClient, feed, type ProxiedApp, startApp } from './proxied-app.js'

const IN_FLIGHT = 16

/** A client that never rests. */
interface Traffic {
  /** Times the connection was lost. */
  readonly drops: () => number
  /** Calls that were answered so far. */
  readonly answered: () => number
  /** Resolves when more was answered and heard than now. */
  goesOn(): Promise<void>
  /** Ends it, and checks that nothing was lost, repeated or run twice. */
  ends(): Promise<void>
}

async function startTraffic(url: string, { server, runs }: ProxiedApp): Promise<Traffic> {
  const { api, connection } = connectClient(url, { timeoutMs: 60_000 })
  let drops = 0
  let wasOpen = false
  connection.on('changed', ({ state }) => {
    if (wasOpen && state === 'reconnecting') drops += 1
    wasOpen = state === 'open'
  })
  const wrong: string[] = []
  const items: number[] = []
  const events: number[] = []
  let calls = 0
  let answered = 0
  let published = 0
  let stopped = false
  onTestFinished(() => {
    stopped = true
  })
  const subscription = api.count.subscribe(undefined, { onItem: (n) => items.push(n) })
  const topic = api.feed.subscribe(
    {},
    { onEvent: (event) => events.push(event), onGap: ({ reason }) => wrong.push(`gap ${reason}`) },
  )
  await eventually(() => topic.status() === 'live')
  const caller = async (): Promise<void> => {
    while (!stopped) {
      const n = calls++
      const answer = await api.work.mutate(n).catch(String)
      if (answer !== n) wrong.push(`${n} got ${answer}`)
      answered += 1
    }
  }
  const publisher = async (): Promise<void> => {
    while (!stopped) {
      await server.publish(feed, {}, ++published)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const workers = [publisher(), ...Array.from({ length: IN_FLIGHT }, caller)]
  return {
    drops: () => drops,
    answered: () => answered,
    goesOn: async () => {
      const before = { answered, items: items.length, events: events.length }
      await eventually(
        () =>
          answered > before.answered + IN_FLIGHT &&
          items.length > before.items &&
          events.length > before.events &&
          true,
        { message: 'the traffic going on' },
      )
    },
    ends: async () => {
      stopped = true
      await Promise.all(workers)
      subscription.unsubscribe()
      await eventually(() => events.length >= published)
      expect(wrong).toEqual([])
      expect([...runs.values()].filter((count) => count !== 1)).toEqual([])
      expect([runs.size, answered]).toEqual([calls, calls])
      const upTo = (last: number): string[] => Array.from({ length: last }, (_, index) => String(index + 1))
      expect(checkSequence('feed', upTo(published), { subscriber: 'a', ids: events.map(String) })).toEqual([])
      expect(checkSequence('count', upTo(Math.max(...items)), { subscriber: 'a', ids: items.map(String) })).toEqual([])
    },
  }
}

/** Waits until the connection was lost once more, and everything goes on. */
async function isCut(traffic: Traffic, before: number): Promise<void> {
  await eventually(() => traffic.drops() > before, { message: 'the connection being cut' })
  await traffic.goesOn()
}

async function startBoth(main?: string): Promise<{ app: ProxiedApp; nginx: Nginx; traffic: Traffic }> {
  const app = await startApp({ resumeMs: 60_000, limits: { handshakesPerSecond: 100_000, messagesPerSecond: 100_000 } })
  const nginx = await startNginx({ targets: [app.port], main })
  return { app, nginx, traffic: await startTraffic(nginx.url, app) }
}

test('a reload cuts nothing: open sockets stay with the old workers', async () => {
  const { nginx, traffic } = await startBoth()
  for (let turn = 0; turn < 3; turn++) {
    await nginx.reload()
    await traffic.goesOn()
  }
  expect(traffic.drops()).toBe(0)
  await traffic.ends()
})

test('a reload with worker_shutdown_timeout cuts sockets, and their sessions go on through the new workers', async () => {
  const { app, nginx, traffic } = await startBoth('worker_shutdown_timeout 100ms;')
  for (let turn = 0; turn < 3; turn++) {
    const before = traffic.drops()
    await nginx.reload()
    await isCut(traffic, before)
  }
  await traffic.ends()
  expect(app.server.metrics().sessionsOpened).toBe(1)
})

test('nginx killed and started under load: every call is answered once, no item and no event is lost', async () => {
  const { app, nginx, traffic } = await startBoth()
  for (let turn = 0; turn < 5; turn++) {
    const before = traffic.drops()
    await nginx.kill()
    await nginx.start()
    await isCut(traffic, before)
  }
  await traffic.ends()
  expect(app.server.metrics().sessionsOpened).toBe(1)
})

test('negative control: where sessions do not outlive their socket, a killed nginx costs calls, and each says its fate', async () => {
  const app = await startApp({ resumeMs: 0 })
  const nginx = await startNginx({ targets: [app.port] })
  const { api } = connectClient(nginx.url)
  const call = api.slow.mutate()
  const failed = expect(call).rejects.toMatchObject({ code: 'CONNECTION_LOST', fate: 'maybe-executed' })
  await eventually(() => app.waiting.length === 1)
  await nginx.kill()
  // Or the client may be back before the server has read the end of its socket, and the session that is still on it is resumed.
  await eventually(() => app.server.metrics().connections === 0)
  await nginx.start()
  await failed
})

test('a server that is restarted behind nginx: 502 meanwhile, then a new session, and a gap instead of silence', async () => {
  const first = await startApp()
  const nginx = await startNginx({ targets: [first.port] })
  const { api, connection } = connectClient(nginx.url)
  const seen: unknown[] = []
  const topic = api.feed.subscribe(
    {},
    { onEvent: (event) => seen.push(event), onGap: ({ reason }) => seen.push(reason) },
  )
  await eventually(() => topic.status() === 'live')
  await first.server.publish(feed, {}, 1)
  await eventually(() => seen.length === 1)
  const query = api.slowQuery.query()
  await eventually(() => first.waiting.length === 1)

  await first.server.close()
  await expect(connectRawPeer(nginx.url)).rejects.toMatchObject({ status: 502 })
  await eventually(() => connection.status.message?.includes('502'))
  const second = await startApp({ name: 'two', port: first.port })
  await eventually(() => topic.status() === 'live')
  await second.server.publish(feed, {}, 2)
  await eventually(() => seen.length === 3)
  expect(seen).toEqual([1, 'epoch', 2])
  await eventually(() => second.waiting.length === 1)
  second.waiting[0]?.()
  expect(await query).toBe('two')
})

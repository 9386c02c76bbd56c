import { jsonCodec, type Position, TrunklineError } from '@trunkline/core'
import { createRandom, type Finding, type FindingKind, type Random, testSeed } from '@trunkline/testkit'
import { afterEach, expect, test } from 'vitest'
import type { Snapshot, SubscribeRequest } from './subscription.js'
import type { ModelClient } from './testing/model-client.js'
import { createTopicHarness, defineTopic, type TopicHarness } from './testing/topic-harness.js'

type TakeSnapshot = NonNullable<SubscribeRequest['takeSnapshot']>

const codec = jsonCodec()
let harness: TopicHarness | undefined

afterEach(async () => {
  await harness?.close()
  await harness?.clock.settle()
  expect(harness?.clock.pending() ?? []).toEqual([])
  harness = undefined
})

/** A topic over a store of ids: what is published was stored before. */
function start(options: Parameters<typeof defineTopic>[0] = {}, hub: Parameters<typeof createTopicHarness>[1] = {}) {
  const topic = createTopicHarness(defineTopic({ hasSnapshot: true, ...options }), hub)
  harness = topic
  const stored: string[] = []
  const asked: Position[] = []
  const takeSnapshot: TakeSnapshot = async (position) => {
    asked.push(position)
    return snapshotOf(stored, position)
  }
  return {
    ...topic,
    stored,
    asked,
    takeSnapshot,
    publish: async (id: string) => {
      stored.push(id)
      return topic.publish(id)
    },
    publishMany: async (prefix: string, count: number) => {
      for (let n = 1; n <= count; n++) stored.push(`${prefix}${n}`)
      await topic.publishMany(prefix, count)
    },
    subscribe: (
      since?: Parameters<TopicHarness['subscribe']>[0],
      more: { client?: ModelClient; takeSnapshot?: TakeSnapshot } = {},
    ) => topic.subscribe(since, { takeSnapshot, ...more }),
  }
}

function snapshotOf(ids: readonly string[], position: Position): Snapshot {
  return { payload: codec.encode(ids), position }
}

function kinds(client: ModelClient): (string | undefined)[] {
  return client.frames.map((frame) => Object.keys(frame)[0])
}

/** The state of a client: its last snapshot with the events after it, each id once. */
function stateOf(client: ModelClient): string[] {
  const ids = new Set<string>()
  for (const frame of client.frames) {
    if ('snapshot' in frame) {
      ids.clear()
      for (const id of frame['data'] as string[]) ids.add(id)
    } else if ('event' in frame) ids.add((frame['data'] as { id: string }).id)
  }
  return [...ids].sort()
}

test('a subscriber gets the state at a position and the events after it', async () => {
  const { subscribe, publishMany, asked } = start()
  await publishMany('m', 3)
  const client = await subscribe()
  await publishMany('n', 1)

  expect(asked).toMatchObject([{ offset: 3 }])
  const position = asked[0]
  expect(client.frames).toEqual([
    { subbed: 1, as: 1, position, behind: 0 },
    { snapshot: 1, position, data: ['m1', 'm2', 'm3'] },
    { live: 1 },
    { event: 1, offset: 4, tag: expect.any(String), data: { id: 'n1' } },
  ])
  expect(client.faults).toEqual([])
})

test.each(['start', { last: 2 }] as const)('`since` %o is no position: the state comes first', async (since) => {
  const { subscribe, publishMany } = start()
  await publishMany('m', 3)
  const client = await subscribe(since)
  expect(kinds(client)).toEqual(['subbed', 'snapshot', 'live'])
})

test('who comes back with a position that is proved gets the events after it, and no snapshot', async () => {
  const { subscribe, publishMany, asked } = start()
  await publishMany('m', 2)
  const before = await subscribe()
  await publishMany('n', 2)
  const client = await subscribe(before.subscription(1).snapshots[0]?.position)
  expect(client.ids()).toEqual(['n1', 'n2'])
  expect(asked).toHaveLength(1)
})

test('events that are published while the snapshot is taken follow it', async () => {
  const { subscribe, publish, stored, clock } = start()
  await publish('m1')
  const client = await subscribe('now', {
    takeSnapshot: async (position) => {
      const seen = [...stored]
      await publish('m2')
      return snapshotOf(seen, position)
    },
  })
  await clock.settle()
  expect(stateOf(client)).toEqual(['m1', 'm2'])
  expect(client.frames[0]).toMatchObject({ subbed: 1, position: { offset: 1 } })
  expect(client.faults).toEqual([])
})

test('an exact place is where the events begin', async () => {
  const { subscribe, publish, publishMany, stored, clock } = start()
  const at = await publish('m1')
  await publishMany('n', 2)
  // A replica that lags: it has seen the first event only.
  const client = await subscribe('now', { takeSnapshot: async () => snapshotOf(stored.slice(0, 1), at as Position) })
  await clock.settle()
  expect(client.subscription(1).snapshots).toEqual([{ position: at, state: ['m1'] }])
  expect(client.ids()).toEqual(['n1', 'n2'])
})

test('an exact place that this node has not heard of makes it read', async () => {
  const { subscribe, publish, stored, broker, clock } = start()
  await subscribe()
  broker.hears = () => false
  const at = await publish('m1')
  const client = await subscribe('now', { takeSnapshot: async () => snapshotOf(stored, at as Position) })
  await clock.settle()
  expect(client.subscription(1)).toMatchObject({ status: 'live', snapshots: [{ position: at }], events: [] })
})

test('an exact place of a history that is no more does not matter: the state has every effect all the same', async () => {
  const { subscribe, publishMany, stored } = start()
  await publishMany('m', 2)
  const client = await subscribe('now', {
    takeSnapshot: async () => snapshotOf(stored, { epoch: 'before the restart', offset: 70, tag: 'ab' }),
  })
  expect(client.subscription(1)).toMatchObject({ status: 'live', snapshots: [{ position: { offset: 2 } }] })
})

test('who comes back too late gets the state instead of a gap', async () => {
  const { subscribe, publishMany } = start({ retain: { events: 5 } })
  await publishMany('m', 1)
  const before = await subscribe()
  // More than the node's ring holds.
  await publishMany(`${'x'.repeat(100_000)}.`, 10)
  const client = await subscribe(before.subscription(1).snapshots[0]?.position)
  expect(kinds(client)).toEqual(['subbed', 'snapshot', 'live'])
  expect(client.frames[0]).not.toHaveProperty('gap')
  expect(stateOf(client)).toHaveLength(11)
})

test('a live subscriber of a history that went back gets the state instead of a gap', async () => {
  const { subscribe, publish, publishMany, broker, clock } = start()
  await publishMany('m', 3)
  const clients = [await subscribe(), await subscribe()]
  broker.inner['~loseAfter']('room?{}', 1)
  await publish('n1')
  await clock.advance(5_000)
  for (const client of clients) {
    expect(kinds(client)).toEqual(['subbed', 'snapshot', 'live', 'behind', 'snapshot', 'live'])
    expect(stateOf(client)).toEqual(['m1', 'm2', 'm3', 'n1'])
    expect(client.subscription(1)).toMatchObject({ gaps: [], position: { offset: 2 } })
  }
})

test('a slow subscriber that retention passes gets the state instead of a gap', async () => {
  const { subscribe, publishMany, clock } = start({ retain: { events: 10 } }, { highWaterBytes: 100 })
  const client = await subscribe()
  client.stopReading()
  // The ring would have them still.
  for (let n = 0; n < 30; n++) await publishMany(`${'x'.repeat(10_000)}${n}.`, 1)
  client.startReading()
  await clock.settle()
  expect(client.subscription(1)).toMatchObject({ status: 'live', gaps: [] })
  expect(client.subscription(1).snapshots).toHaveLength(2)
  expect(stateOf(client)).toHaveLength(30)
})

test('a snapshot that is older than what is kept is taken again', async () => {
  const { subscribe, publishMany, takeSnapshot, clock } = start({ retain: { events: 2 } })
  await publishMany('m', 3)
  let taken = 0
  const client = await subscribe('now', {
    takeSnapshot: async (position, signal) => {
      const snapshot = await takeSnapshot(position, signal)
      taken += 1
      if (taken === 1) await publishMany(`${'x'.repeat(100_000)}.`, 5)
      return snapshot
    },
  })
  await clock.advance(1_000)
  expect(taken).toBe(2)
  expect(stateOf(client)).toHaveLength(8)
  expect(client.subscription(1)).toMatchObject({ status: 'live', gaps: [] })
})

test('a place that is never in what is kept ends the subscription after five tries', async () => {
  const { subscribe, publish, publishMany, stored, clock } = start({ retain: { events: 2 } })
  const at = (await publish('m1')) as Position
  await publishMany('m', 5)
  let taken = 0
  const client = await subscribe('now', { takeSnapshot: async () => snapshotOf([`${++taken}`, ...stored], at) })
  await clock.advance(10_000)
  expect(taken).toBe(5)
  expect(client.closed).toMatchObject([{ closed: 1, code: 'INTERNAL' }])
  expect(kinds(client)).toEqual(['closed'])
})

test('a snapshot that fails ends the subscription with its error', async () => {
  const { subscribe } = start()
  const client = await subscribe('now', {
    takeSnapshot: () => Promise.reject(new TrunklineError('FORBIDDEN', 'Not this room.')),
  })
  expect(client.closed).toMatchObject([{ closed: 1, code: 'FORBIDDEN', message: 'Not this room.' }])
})

test('a snapshot that takes longer than 30 s ends the subscription, and its signal fires', async () => {
  const { subscribe, clock } = start()
  let signal: AbortSignal | undefined
  const client = await subscribe('now', {
    takeSnapshot: (_position, given) => {
      signal = given
      return new Promise(() => {})
    },
  })
  await clock.advance(29_999)
  expect([client.frames, signal?.aborted]).toEqual([[], false])
  await clock.advance(1)
  expect(client.closed).toMatchObject([{ code: 'TIMEOUT' }])
  expect(signal?.aborted).toBe(true)
})

test('when the subscription ends while its snapshot is taken, the signal fires and nothing is sent', async () => {
  const { subscribe, hub, clock } = start()
  let signal: AbortSignal | undefined
  const client = await subscribe('now', {
    takeSnapshot: (_position, given) => {
      signal = given
      return new Promise(() => {})
    },
  })
  hub.unsubscribe(client, 1)
  await clock.settle()
  expect(signal?.aborted).toBe(true)
  expect(client.frames).toEqual([])
})

test('at most sixteen snapshots of a topic are taken at once, and everybody gets one', async () => {
  const { subscribe, takeSnapshot, clock } = start()
  let running = 0
  let most = 0
  const clients: ModelClient[] = []
  for (let n = 0; n < 50; n++) {
    clients.push(
      await subscribe('now', {
        takeSnapshot: async (position, signal) => {
          most = Math.max(most, ++running)
          await new Promise<void>((resolve) => clock.schedule(resolve, 100))
          running -= 1
          return takeSnapshot(position, signal)
        },
      }),
    )
  }
  await clock.advance(1_000)
  expect(most).toBe(16)
  for (const client of clients) expect(kinds(client)).toEqual(['subbed', 'snapshot', 'live'])
})

/** One random run; gives what the history checker objects to when everything has come to rest. */
async function runSnapshots(random: Random, isStateOld = false): Promise<Finding[]> {
  const topic = start({ retain: { events: random.int(3, 40) } }, { highWaterBytes: 300 })
  const { clock, broker, stored } = topic
  const clients: ModelClient[] = []
  const takeSnapshot: TakeSnapshot = async (position) => {
    if (random.chance(0.7)) await new Promise<void>((resolve) => clock.schedule(resolve, random.int(0, 30)))
    const seen = isStateOld ? stored.slice(0, -2) : [...stored]
    if (random.chance(0.3)) await new Promise<void>((resolve) => clock.schedule(resolve, random.int(0, 10)))
    return snapshotOf(seen, position)
  }
  broker.hears = () => !random.chance(0.05)
  for (let step = 0; step < 80; step++) {
    const client = clients.length > 0 ? random.pick(clients) : undefined
    const action = random.int(0, 11)
    if (action < 5) await topic.publish(`m${step}${'x'.repeat(random.int(0, 60))}`)
    else if (action === 5) clients.push(await topic.subscribe('now', { takeSnapshot }))
    else if (action === 6) client?.stopReading()
    else if (action === 7) client?.startReading()
    else if (action === 8 && random.chance(0.2)) {
      const { top } = await broker.inner.read('room?{}', { last: 0 }, { events: 1, bytes: 1 })
      broker.inner['~loseAfter']('room?{}', Math.max(0, top.offset - random.int(1, 3)))
    } else await clock.advance(random.int(0, 40))
  }
  broker.hears = () => true
  await topic.publish('last')
  for (let turn = 0; turn < 5; turn++) {
    for (const client of clients) client.startReading()
    await clock.advance(3_000)
  }
  const { top } = await broker.inner.read('room?{}', { last: 0 }, { events: 1, bytes: 1 })
  for (const client of clients) {
    expect([client.faults, client.closed]).toEqual([[], []])
    expect(client.subscription(1)).toMatchObject({ status: 'live', gaps: [], position: top })
  }
  const findings = await topic.judge({ isSettled: true })
  await topic.close({ isSabotaged: isStateOld })
  return findings
}

test('snapshots and the events after them make what the history makes, whatever happens meanwhile', async () => {
  const random = createRandom(testSeed(import.meta.url))
  for (let round = 0; round < 60; round++) expect(await runSnapshots(random), `round ${round}`).toEqual([])
})

test('negative control: a state that lacks the newest effects is reported, and what becomes of it', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const kinds = new Set<FindingKind>()
  for (let round = 0; round < 60 && kinds.size < 2; round++) {
    for (const { kind } of await runSnapshots(random, true)) kinds.add(kind)
  }
  expect([...kinds].sort()).toEqual(['wrong-snapshot', 'wrong-state'])
})

test('control: a position that is read after the snapshot leaves a hole', async () => {
  const { subscribe, publish, stored, judge, close, clock } = start()
  await publish('m1')
  const client = await subscribe('now', {
    takeSnapshot: async () => {
      const seen = [...stored]
      const position = await publish('m2')
      return snapshotOf(seen, position as Position)
    },
  })
  await clock.settle()
  expect(stateOf(client)).toEqual(['m1'])
  expect((await judge()).map(({ kind }) => kind)).toEqual(['wrong-snapshot'])
  await close({ isSabotaged: true })
})

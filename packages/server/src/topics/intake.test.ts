import { afterEach, expect, test } from 'vitest'
import { createTopicHarness, defineTopic, type TopicHarness } from './testing/topic-harness.js'

let harness: TopicHarness | undefined

function start(...args: Parameters<typeof createTopicHarness>): TopicHarness {
  harness = createTopicHarness(...args)
  return harness
}

afterEach(async () => {
  await harness?.close()
  expect(harness?.clock.pending() ?? []).toEqual([])
  harness = undefined
})

test('what the listener missed is read once, and nobody notices', async () => {
  const { subscribe, publishMany, broker } = start()
  const clients = [await subscribe(), await subscribe()]
  const { reads } = broker
  broker.hears = (entry) => entry.offset !== 2 && entry.offset !== 3
  await publishMany('m', 4)

  for (const client of clients) {
    expect(client.ids()).toEqual(['m1', 'm2', 'm3', 'm4'])
    expect(client.faults).toEqual([])
    expect(client.subscription(1).gaps).toEqual([])
  }
  expect(broker.reads - reads).toBe(1)
})

test('control: when the read brings nothing, the checker sees that subscribers are not at the top', async () => {
  const { subscribe, publishMany, broker, clock } = start()
  const client = await subscribe()
  broker.hears = (entry) => entry.offset !== 2
  broker.rewrite = (page, from) =>
    typeof from === 'object' && 'epoch' in from ? { ...page, entries: [], top: from } : page
  await publishMany('m', 4)
  await clock.advance(10_000)

  expect(client.ids()).toEqual(['m1'])
  const { top } = await broker.inner.read('room?{}', 'start', { events: 1, bytes: 1 })
  expect(client.subscription(1).position).not.toEqual(top)
})

test('an event that is heard twice, or late, is not handed out again', async () => {
  const { subscribe, publishMany, broker, clock } = start()
  const client = await subscribe()
  const again: (() => void)[] = []
  broker.deliver = (hear) => {
    hear()
    hear()
    again.push(hear)
  }
  await publishMany('m', 3)
  for (const hear of again) hear()
  await clock.settle()

  expect(client.ids()).toEqual(['m1', 'm2', 'm3'])
  expect(client.faults).toEqual([])
})

test('events that are accepted while the topic opens arrive, even if nothing follows them', async () => {
  const { subscribe, publish, broker, clock } = start()
  let answer = (): void => {}
  broker.afterRead = () => new Promise<void>((resolve) => (answer = resolve))
  const client = await subscribe()
  await publish('m1')
  await publish('m2')
  broker.afterRead = () => {}
  answer()
  await clock.settle()

  expect(client.ids()).toEqual(['m1', 'm2'])
  expect(client.faults).toEqual([])
})

test('a lost tail is a gap rewound for the live ones and for who stood in it, for nobody else', async () => {
  const { subscribe, publish, publishMany, broker, clock } = start()
  const early = await publish('m1')
  const live = await subscribe()
  await publishMany('n', 3)
  const lost = live.subscription(1).position
  broker.inner['~loseAfter']('room?{}', 2)
  await publishMany('x', 1)

  expect(live.subscription(1).gaps).toEqual([{ reason: 'rewound', position: expect.objectContaining({ offset: 3 }) }])
  const behind = await subscribe(lost)
  const before = await subscribe(early)
  await publishMany('y', 1)
  await clock.settle()

  expect(behind.subscription(1).gaps).toMatchObject([{ reason: 'rewound' }])
  expect(before.subscription(1).gaps).toEqual([])
  expect(before.ids()).toEqual(['n1', 'x1', 'y1'])
  for (const client of [live, behind, before]) {
    expect(client.ids().at(-1)).toBe('y1')
    expect(client.faults).toEqual([])
  }
})

test('a newcomer on the surviving history does not turn live where the node still stands on the lost tail', async () => {
  const { subscribe, publishMany, broker, clock } = start()
  await publishMany('m', 3)
  const live = await subscribe()
  await publishMany('n', 2)
  broker.inner['~loseAfter']('room?{}', 3)
  broker.hears = () => false
  await publishMany('x', 2)
  // Both histories have five events; only the tags tell them apart.
  const newcomer = await subscribe('start')
  await clock.settle()

  expect(newcomer.ids()).toEqual(['m1', 'm2', 'm3', 'x1', 'x2'])
  expect(newcomer.subscription(1)).toMatchObject({ status: 'live', gaps: [] })
  expect(live.subscription(1).gaps).toMatchObject([{ reason: 'rewound', position: { offset: 5 } }])
  broker.hears = () => true
  await publishMany('y', 1)
  for (const client of [live, newcomer]) {
    expect(client.ids().at(-1)).toBe('y1')
    expect(client.faults).toEqual([])
  }
})

test('control: with offsets alone for proof the lost tail goes unnoticed, and the checker reports another history', async () => {
  const { subscribe, publishMany, broker, judge, close } = start()
  const live = await subscribe()
  await publishMany('n', 3)
  broker.inner['~loseAfter']('room?{}', 1)
  // The listener hears nothing until the offset is past the last one, and a read believes every offset.
  broker.hears = (entry) => entry.offset > 3
  broker.rewrite = (page, from) => {
    if (page.gap === undefined || typeof from !== 'object' || !('epoch' in from)) return page
    const entry = { ...page.top, previousTag: from.tag, id: 'x3', payload: ',"data":{"id":"x3"}', atMs: 0 }
    return { ...page, gap: undefined, after: from, entries: [entry] }
  }
  await publishMany('x', 3)

  expect(live.faults).toEqual(['event 4 (x3) is of another history'])
  expect((await judge()).map(({ kind }) => kind)).toEqual(['silent-gap'])
  await close({ isSabotaged: true })
})

test('a subscriber that comes with a newer position than the node has waits for the node', async () => {
  const { subscribe, publish, publishMany, broker, clock } = start()
  const live = await subscribe()
  broker.hears = () => false
  await publishMany('m', 3)
  const newest = await publish('m4')
  const ahead = await subscribe(newest)
  await clock.advance(1_000)

  expect(ahead.frames).toEqual([expect.objectContaining({ subbed: 1, behind: 0, position: newest }), { live: 1 }])
  // The node was behind without knowing; the newcomer's proof brought it up.
  expect(live.ids()).toEqual(['m1', 'm2', 'm3', 'm4'])
  broker.hears = () => true
  await publishMany('n', 1)
  expect(ahead.ids()).toEqual(['n1'])
  expect([...live.faults, ...ahead.faults]).toEqual([])
})

test('what was heard but is in no history is given up; the next event goes on without a gap', async () => {
  const { subscribe, publish, publishMany, broker, clock } = start()
  const client = await subscribe()
  await publishMany('m', 1)
  broker.hears = (entry) => entry.offset !== 2
  // The reads come from a replica that has not got further than the first event.
  const { top } = await broker.inner.read('room?{}', 'start', { events: 1, bytes: 1 })
  broker.rewrite = (page) => ({ ...page, entries: [], top })
  await publish('lost1')
  await publish('lost2')
  broker.inner['~loseAfter']('room?{}', 1)
  await clock.advance(10_000)
  broker.rewrite = (page) => page
  broker.hears = () => true
  await publishMany('n', 2)

  expect(client.ids()).toEqual(['m1', 'n1', 'n2'])
  expect(client.subscription(1).gaps).toEqual([])
  expect(client.faults).toEqual([])
})

test('an event that fits but was undone between hearing and reading is not handed out', async () => {
  const { subscribe, publish, publishMany, broker, clock } = start()
  const client = await subscribe()
  await publishMany('m', 1)
  broker.hears = ({ offset }) => offset !== 2
  let answers = false
  broker.beforeRead = () => {
    if (!answers) throw new Error('the broker does not answer')
  }
  await publishMany('n', 2)
  await publish('lost')
  broker.inner['~loseAfter']('room?{}', 3)
  answers = true
  broker.hears = () => true
  await clock.advance(10_000)

  expect(client.ids()).toEqual(['m1', 'n1', 'n2'])
  await publishMany('x', 1)
  expect(client.ids()).toEqual(['m1', 'n1', 'n2', 'x1'])
  expect(client.subscription(1).gaps).toEqual([])
  expect(client.faults).toEqual([])
})

test('a node that was deaf for longer than the retention tells its live subscribers what is gone', async () => {
  const { subscribe, publishMany, broker } = start(defineTopic({ retain: { events: 3 } }))
  const client = await subscribe()
  broker.hears = (entry) => entry.offset > 9
  await publishMany('m', 10)

  expect(client.subscription(1).gaps).toEqual([
    { reason: 'trimmed', missed: 7, position: expect.objectContaining({ offset: 7 }) },
  ])
  expect(client.ids()).toEqual(['m8', 'm9', 'm10'])
  expect(client.faults).toEqual([])
})

test('a page with a hole in it is not used: it is read again', async () => {
  const { subscribe, publishMany, broker, clock } = start()
  const client = await subscribe()
  broker.hears = (entry) => entry.offset === 4
  broker.rewrite = (page) => ({ ...page, entries: page.entries.filter((entry) => entry.offset !== 2) })
  await publishMany('m', 4)
  expect(client.ids()).toEqual([])
  broker.rewrite = (page) => page
  await clock.advance(1_000)

  expect(client.ids()).toEqual(['m1', 'm2', 'm3', 'm4'])
  expect(client.faults).toEqual([])
})

test('a page that begins further than was asked, and tells of no gap, is not used', async () => {
  const { subscribe, publishMany, broker, clock } = start()
  const client = await subscribe()
  broker.hears = () => false
  broker.rewrite = (page, from) => {
    const [first, ...entries] = page.entries
    if (first === undefined || typeof from === 'string' || 'last' in from) return page
    return { ...page, after: { epoch: first.epoch, offset: first.offset, tag: first.tag }, entries }
  }
  await publishMany('m', 4)
  broker.setState('stale')
  broker.setState('proved')
  await clock.advance(1_000)
  expect(client.subscription(1).events).toEqual([])
  broker.rewrite = (page) => page
  await clock.advance(4_000)

  expect(client.ids()).toEqual(['m1', 'm2', 'm3', 'm4'])
  expect(client.faults).toEqual([])
})

test('a hole that the broker does not fill makes the topic stale, until it does', async () => {
  const { subscribe, publishMany, broker, clock, stale } = start()
  const client = await subscribe()
  broker.hears = ({ offset }) => offset !== 2
  broker.rewrite = (page) => ({ ...page, entries: [] })
  await publishMany('m', 3)
  await clock.advance(500)
  expect(client.ids()).toEqual(['m1'])
  expect(stale).toEqual([true])
  broker.rewrite = (page) => page
  await clock.advance(4_000)

  expect(stale).toEqual([true, false])
  expect(client.ids()).toEqual(['m1', 'm2', 'm3'])
})

test('a broker that has more than it gives is asked with pauses, and the topic is stale meanwhile', async () => {
  const { subscribe, publishMany, broker, clock, stale } = start()
  const client = await subscribe()
  broker.hears = () => false
  broker.rewrite = (page) => ({ ...page, entries: [] })
  await publishMany('m', 4)
  const { reads } = broker
  // Without pauses this would never come to an end.
  broker.beforeRead = () => {
    if (broker.reads - reads > 1_000) broker.rewrite = (page) => page
  }
  broker.hears = () => true
  broker.setState('stale')
  broker.setState('proved')
  await clock.advance(60_000)
  expect(broker.reads - reads).toBeLessThan(50)
  expect(stale).toEqual([true])
  broker.rewrite = (page) => page
  await clock.advance(4_000)

  expect(stale).toEqual([true, false])
  expect(client.ids()).toEqual(['m1', 'm2', 'm3', 'm4'])
  expect(client.faults).toEqual([])
})

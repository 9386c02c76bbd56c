import { type Gap, type Position, type Since, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, type FakePeer, type World } from '../test/fake-server.js'
import type { SubscriptionHandle } from './subscription.js'
import type { TopicStatus } from './topic-callbacks.js'

const t = trunkline()
const router = t.router({
  room: t.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' }),
  pulse: t.topic({ event: v.number(), delivery: 'ephemeral' }),
})
type Api = World<typeof router>

async function open(): Promise<Api> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

/** A consumer that writes down all it is told. */
interface Listener {
  readonly heard: unknown[]
  readonly handle: SubscriptionHandle<TopicStatus>
  /** What it was told since it was last asked. */
  tells(): unknown[]
}

function listen({ api }: Api, options: { room?: string; since?: Since; signal?: AbortSignal } = {}): Listener {
  const heard: unknown[] = []
  const { room = 'a', ...rest } = options
  const handle = api.room.subscribe(
    { room },
    {
      ...rest,
      onEvent: (event, { offset }) => heard.push(`${offset} ${event}`),
      onGap: (gap) => heard.push(gap),
      onStatus: (status, error) => heard.push(error ? [status, error.code] : status),
    },
  )
  return { heard, handle, tells: () => heard.splice(0) }
}

const at = (offset: number, epoch = 'e'): Position => ({ epoch, offset, tag: offset === 0 ? '' : `t${offset}` })
const event = (offset: number, as = 3): object => ({ event: as, offset, tag: `t${offset}`, data: `n${offset}` })

/** Answers the newest `sub`; gives what it asked. */
async function subbed(peer: FakePeer, answer: object): Promise<Record<string, unknown> | undefined> {
  const sub = (await peer.receives()).filter((frame) => 'sub' in frame).at(-1)
  await peer.sends({ subbed: sub?.['sub'], as: 3, ...answer })
  return sub
}

test('a subscription is answered with a number; events of that number are given in order (P6.1 to P6.3)', async () => {
  const world = await open()
  const listener = listen(world)
  expect(listener.handle.status()).toBe('connecting')
  expect(await subbed(world.peer(), { position: at(7) })).toEqual({ sub: 1, topic: 'room', params: { room: 'a' } })
  await world.peer().sends([event(8), event(9)])
  expect(listener.tells()).toEqual(['live', '8 n8', '9 n9'])
})

test('a subscription whose frame is refused is closed with the error, and does not wait for ever', async () => {
  const world = await open()
  // What a page had stored under the same name once.
  const listener = listen(world, { since: 5 as never })
  const sub = (await world.peer().receives()).at(-1)
  await world.peer().sends({ error: sub?.['sub'], code: 'BAD_FRAME', message: '`since` must be …' })
  expect(listener.tells()).toEqual([['closed', 'BAD_FRAME']])
})

test('an event comes with its offset and the position to continue from', async () => {
  const world = await open()
  const places: unknown[] = []
  world.api.room.subscribe({ room: 'a' }, { onEvent: (_event, place) => places.push(place), onGap: () => {} })
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  expect(places).toEqual([{ offset: 8, position: at(8) }])
})

test('an ephemeral event has no place (P6.3)', async () => {
  const world = await open()
  const heard: unknown[] = []
  world.api.pulse.subscribe({}, { onEvent: (...args) => heard.push(args) })
  await subbed(world.peer(), {})
  await world.peer().sends({ event: 3, data: 60 })
  expect(heard).toEqual([[60, undefined]])
})

test('events between sub and subbed, and after unsub, are ignored (P6.4)', async () => {
  const world = await open()
  const listener = listen(world)
  await world.peer().sends(event(7))
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  listener.handle.unsubscribe()
  expect(await world.peer().receives()).toEqual([{ unsub: 1 }])
  await world.peer().sends(event(9))
  expect(listener.tells()).toEqual(['live', '8 n8', 'closed'])
})

test('with behind it is catching up until live comes (P6.2)', async () => {
  const world = await open()
  const listener = listen(world, { since: 'start' })
  expect(await subbed(world.peer(), { position: at(0), behind: 2 })).toMatchObject({ since: 'start' })
  await world.peer().sends([event(1), event(2)])
  expect(listener.tells()).toEqual(['catching-up', '1 n1', '2 n2'])
  await world.peer().sends([{ live: 3 }, event(3)])
  expect(listener.tells()).toEqual(['live', '3 n3'])
  await world.peer().sends([{ behind: 3 }, event(4), { live: 3 }])
  expect(listener.tells()).toEqual(['catching-up', '4 n4', 'live'])
})

test('a gap is told with what is missed and where it goes on (P6.5)', async () => {
  const world = await open()
  const listener = listen(world)
  await subbed(world.peer(), { position: at(7) })
  listener.tells()
  await world.peer().sends([{ gap: 3, reason: 'trimmed', missed: 4, position: at(11) }, event(12)])
  expect(listener.tells()).toEqual([
    'gap',
    { reason: 'trimmed', missed: 4, position: at(11) } satisfies Gap,
    'live',
    '12 n12',
  ])
})

test('a position that cannot be continued from is a gap in the answer (P6.2, P7.5)', async () => {
  const world = await open()
  const listener = listen(world, { since: at(5) })
  const gap = { reason: 'rewound', position: at(4) }
  expect(await subbed(world.peer(), { position: at(4), gap })).toMatchObject({ since: at(5) })
  await world.peer().sends(event(5))
  expect(listener.tells()).toEqual(['gap', { ...gap, missed: undefined }, 'connecting', 'live', '5 n5'])
})

test('a refusal closes it and says why (P6.7)', async () => {
  const world = await open()
  const listener = listen(world)
  await world.peer().receives()
  await world.peer().sends({ closed: 1, code: 'FORBIDDEN', message: 'Not yours.' })
  expect(listener.tells()).toEqual([['closed', 'FORBIDDEN']])
  listen(world)
  expect(await world.peer().receives()).toMatchObject([{ sub: 2 }])
})

test('stale is told to live subscriptions until it is over (P6.9)', async () => {
  const world = await open()
  const listener = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends([{ stale: true }, event(8)])
  const late = listen(world, { room: 'b' })
  await subbed(world.peer(), { as: 4, position: at(0) })
  await world.peer().sends({ stale: false })
  expect(listener.tells()).toEqual(['live', 'stale', '8 n8', 'live'])
  expect(late.tells()).toEqual(['stale', 'live'])
})

test('after a reconnect it is asked for again behind the last event (P4.6)', async () => {
  const world = await open()
  const listener = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  expect(await subbed(peer, { as: 9, position: at(8), behind: 1 })).toMatchObject({ sub: 2, since: at(8) })
  await peer.sends([event(9, 9), { live: 9 }])
  expect(listener.tells()).toEqual(['live', '8 n8', 'stale', 'catching-up', '9 n9', 'live'])
})

test('the position of a quiet topic is kept too: nothing between is lost', async () => {
  const world = await open()
  listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes()
  expect(await peer.receives()).toMatchObject([{ since: at(7) }])
})

test('many subscriptions are asked for again in portions of 32', async () => {
  const world = createWorld<typeof router>()
  for (let n = 0; n < 100; n++) listen(world, { room: `room ${n}` })
  const peer = world.peer()
  const first = await peer.welcomes()
  expect(first.filter((frame) => 'sub' in frame)).toHaveLength(32)
  for (const { sub } of first) await peer.sends({ subbed: sub, as: Number(sub), position: at(0) })
  expect((await peer.receives()).filter((frame) => 'sub' in frame)).toHaveLength(32)
})

test('consumers of one topic and params share one subscription, whatever the order of the params', async () => {
  const world = await open()
  const heard: string[] = []
  const params = [
    { room: 'a', extra: { x: 1, y: [1] } },
    { extra: { y: [1], x: 1 }, room: 'a' },
  ]
  const handles = params.map((each, n) =>
    world.api.room.subscribe(each, { onEvent: (text) => heard.push(`${n} ${text}`), onGap: () => {} }),
  )
  expect(await world.peer().receives()).toHaveLength(1)
  await world.peer().sends([{ subbed: 1, as: 3, position: at(7) }, event(8)])
  expect(heard).toEqual(['0 n8', '1 n8'])
  handles[0]?.unsubscribe()
  expect(await world.peer().receives()).toEqual([])
  await world.peer().sends(event(9))
  expect(heard).toEqual(['0 n8', '1 n8', '1 n9'])
  handles[1]?.unsubscribe()
  handles[1]?.unsubscribe()
  expect(await world.peer().receives()).toEqual([{ unsub: 1 }])
})

test('a consumer that comes later gets events from now on, at once', async () => {
  const world = await open()
  listen(world)
  await subbed(world.peer(), { position: at(7) })
  const late = listen(world)
  expect(late.tells()).toEqual(['live'])
  await world.peer().sends(event(8))
  expect(late.tells()).toEqual(['8 n8'])
  expect(await world.peer().receives()).toEqual([])
})

test('now is where the topic is, not where another consumer’s history has got to', async () => {
  const world = await open()
  const older = listen(world, { since: 'start' })
  const beside = listen(world)
  await subbed(world.peer(), { position: at(0), behind: 3 })
  await world.peer().sends(event(1))
  const later = listen(world)
  await world.peer().sends([event(2), event(3), { live: 3 }, event(4)])
  expect(older.heard).toEqual(['catching-up', '1 n1', '2 n2', '3 n3', 'live', '4 n4'])
  expect(beside.heard).toEqual(['catching-up', 'live', '4 n4'])
  expect(later.heard).toEqual(['catching-up', 'live', '4 n4'])
})

test('an older consumer makes it ask again further back; the others skip what they have seen', async () => {
  const world = await open()
  const live = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  const older = listen(world, { since: at(5) })
  expect(await world.peer().receives()).toMatchObject([{ unsub: 1 }, { sub: 2, since: at(5) }])
  await world.peer().sends([event(9)])
  await world
    .peer()
    .sends([
      { subbed: 2, as: 3, position: at(5), behind: 4 },
      ...[6, 7, 8, 9].map((offset) => event(offset)),
      { live: 3 },
      event(10),
    ])
  expect(older.heard).toEqual(['catching-up', '6 n6', '7 n7', '8 n8', '9 n9', 'live', '10 n10'])
  expect(live.heard).toEqual(['live', '8 n8', 'catching-up', '9 n9', 'live', '10 n10'])
})

test('the last n count from where the topic is', async () => {
  const world = await open()
  const first = listen(world, { since: { last: 2 } })
  expect(await subbed(world.peer(), { position: at(5), behind: 2 })).toMatchObject({ since: { last: 2 } })
  await world.peer().sends([event(6), event(7), { live: 3 }])
  const second = listen(world, { since: { last: 1 } })
  expect(await subbed(world.peer(), { position: at(6), behind: 1 })).toMatchObject({ since: { last: 1 } })
  await world.peer().sends([event(7), { live: 3 }])
  expect(first.heard.filter((each) => String(each).includes('n'))).toEqual([
    'catching-up',
    '6 n6',
    '7 n7',
    'catching-up',
  ])
  expect(second.heard).toEqual(['catching-up', '7 n7', 'live'])
})

test('consumers that come in one turn ask once for the longest history that one of them wants', async () => {
  const world = await open()
  const few = listen(world, { since: { last: 1 } })
  const many = Array.from({ length: 200 }, () => listen(world, { since: { last: 2 } }))
  const less = listen(world, { since: { last: 1 } })
  const subs = (await world.peer().receives()).filter((frame) => 'sub' in frame)
  expect(subs).toMatchObject([
    { sub: 1, since: { last: 1 } },
    { sub: 2, since: { last: 2 } },
  ])

  const all = [listen(world, { since: 'start' }), listen(world, { since: at(1) })]
  expect(await world.peer().receives()).toMatchObject([{ unsub: 2 }, { sub: 3, since: 'start' }])
  await world.peer().sends({ subbed: 3, as: 3, position: at(0), behind: 3 })
  await world.peer().sends([...[1, 2, 3].map((offset) => event(offset)), { live: 3 }])
  expect(few.heard).toEqual(['catching-up', '3 n3', 'live'])
  expect(less.heard).toEqual(['catching-up', '3 n3', 'live'])
  for (const { heard } of many) expect(heard).toEqual(['catching-up', '2 n2', '3 n3', 'live'])
  expect(all[0]?.heard).toEqual(['catching-up', '1 n1', '2 n2', '3 n3', 'live'])
  expect(all[1]?.heard).toEqual(['catching-up', '2 n2', '3 n3', 'live'])
})

test('the same history is asked for once, by however many', async () => {
  const world = await open()
  const both = [listen(world, { since: { last: 2 } }), listen(world, { since: { last: 2 } })]
  expect(await world.peer().receives()).toMatchObject([{ sub: 1, since: { last: 2 } }])
  await world.peer().sends([{ subbed: 1, as: 3, position: at(3), behind: 2 }, event(4), event(5), { live: 3 }])
  for (const { heard } of both) expect(heard).toEqual(['catching-up', '4 n4', '5 n5', 'live'])
})

test('the position of another consumer asks for nothing', async () => {
  const world = await open()
  listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  const same = listen(world, { since: at(8) })
  expect(await world.peer().receives()).toEqual([])
  await world.peer().sends(event(9))
  expect(same.heard).toEqual(['live', '9 n9'])
})

test('a position older than what is kept is a gap for its consumer and for nobody else', async () => {
  const world = await open()
  const live = listen(world)
  await subbed(world.peer(), { position: at(70) })
  live.tells()
  const older = listen(world, { since: at(5) })
  const gap = { reason: 'trimmed', missed: 45, position: at(50) }
  await subbed(world.peer(), { position: at(50), behind: 20, gap })
  expect(older.tells()).toEqual(['gap', gap, 'connecting', 'catching-up'])
  expect(live.tells()).toEqual(['catching-up'])
})

test('a history that was rewritten is told to each that saw another one', async () => {
  const world = await open()
  const live = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  live.tells()
  const older = listen(world, { since: at(5) })
  await subbed(world.peer(), { position: at(5), behind: 3 })
  // Up to 7 it is the same; then event 8 is another one than the one that was seen.
  await world.peer().sends([event(6), event(7), { event: 3, offset: 8, tag: 'other', data: 'new' }])
  expect(live.tells()).toEqual([
    'catching-up',
    'gap',
    { reason: 'rewound', position: { ...at(8), tag: 'other' } },
    'catching-up',
  ])
  expect(older.tells()).toEqual(['catching-up', '6 n6', '7 n7', '8 new'])
})

test('whoever has seen more than there is has seen another history', async () => {
  const world = await open()
  const live = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  live.tells()
  listen(world, { since: at(5) })
  await subbed(world.peer(), { position: at(5), behind: 1 })
  await world.peer().sends([event(6), { live: 3 }])
  expect(live.tells()).toEqual(['catching-up', 'gap', { reason: 'rewound', position: at(6) }, 'catching-up', 'live'])
})

test('another epoch is a gap for all', async () => {
  const world = await open()
  const live = listen(world)
  await subbed(world.peer(), { position: at(7) })
  live.tells()
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes()
  await subbed(peer, { position: at(2, 'f'), gap: { reason: 'epoch', position: at(2, 'f') } })
  expect(live.tells()).toEqual([
    'stale',
    'gap',
    { reason: 'epoch', missed: undefined, position: at(2, 'f') },
    'stale',
    'live',
  ])
})

test('a listener that throws is reported, harms nobody and has seen the event', async () => {
  const world = await open()
  const failures: unknown[] = []
  world.connection.on('listener-failed', (failure) => failures.push(failure))
  world.api.room.subscribe(
    { room: 'a' },
    {
      onEvent: () => {
        throw new Error('mine')
      },
      onGap: () => {},
    },
  )
  const other = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends(event(8))
  expect(failures).toMatchObject([{ path: 'room', error: { message: 'mine' } }])
  expect(other.tells()).toEqual(['live', '8 n8'])
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes()
  expect(await peer.receives()).toMatchObject([{ since: at(8) }])
})

test('unsubscribing within a listener is fine', async () => {
  const world = await open()
  const heard: unknown[] = []
  const handle = world.api.room.subscribe(
    { room: 'a' },
    {
      onEvent: (text) => {
        heard.push(text)
        handle.unsubscribe()
      },
      onGap: () => {},
    },
  )
  const other = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends([event(8), event(9)])
  expect(heard).toEqual(['n8'])
  expect(other.tells()).toEqual(['live', '8 n8', '9 n9'])
})

test('a signal unsubscribes; one that was aborted before asks for nothing', async () => {
  const world = await open()
  const controller = new AbortController()
  const listener = listen(world, { signal: controller.signal })
  await world.peer().receives()
  controller.abort()
  expect(listener.tells()).toEqual(['closed'])
  expect(await world.peer().receives()).toEqual([{ unsub: 1 }])
  expect(listen(world, { signal: controller.signal }).tells()).toEqual(['closed'])
  expect(await world.peer().receives()).toEqual([])
})

test('an event that cannot be decoded ends the subscription: going on would lose it in silence', async () => {
  const world = await open()
  const listener = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().sends({ event: 3, offset: 8, tag: 't8', data: 1, meta: { values: ['Date'] } })
  expect(listener.tells()).toEqual(['live', ['closed', 'RESULT_LOST']])
  expect(await world.peer().receives()).toEqual([{ unsub: 1 }])
})

test('who leaves what has ended leaves alone what was asked for since', async () => {
  const world = await open()
  const first = listen(world)
  const sub = (await world.peer().receives())[0]?.['sub']
  await world.peer().sends({ closed: sub, code: 'FORBIDDEN', message: 'Not for you.' })
  const second = listen(world)
  first.handle.unsubscribe()
  await subbed(world.peer(), { position: at(7) })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes()
  await subbed(peer, { position: at(7) })
  await peer.sends(event(8))
  expect(second.tells()).toEqual(['live', 'stale', 'live', '8 n8'])
})

test('a signal is let go of with what it was to end', async () => {
  const world = await open()
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...args)
  }
  const left = listen(world, { signal })
  listen(world, { signal, room: 'b' })
  expect(listeners).toBe(2)
  left.handle.unsubscribe()
  expect(listeners).toBe(1)
  const sub = (await world.peer().receives()).find(({ params }) => (params as { room?: string })?.room === 'b')
  await world.peer().sends({ closed: sub?.['sub'], code: 'FORBIDDEN', message: 'Not any more.' })
  expect(listeners).toBe(0)
})

test('unsubscribing without a socket says nothing to the next one', async () => {
  const world = await open()
  const listener = listen(world)
  await subbed(world.peer(), { position: at(7) })
  await world.peer().drops()
  listener.handle.unsubscribe()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  expect(await peer.receives()).toEqual([])
})

test('close ends all, and a subscription afterwards is closed from the start', async () => {
  const world = await open()
  const listener = listen(world)
  await world.peer().receives()
  world.connection.close()
  expect(listener.tells()).toEqual([['closed', 'CONNECTION_CLOSED']])
  expect(listen(world).tells()).toEqual([['closed', 'CONNECTION_CLOSED']])
})

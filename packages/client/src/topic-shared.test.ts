import { type Gap, type Position, type Since, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, type FakePeer, type World } from '../test/fake-server.js'

// Consumers that share one wire subscription while the history under them is cut back, written anew or trimmed.

const t = trunkline()
const router = t.router({ room: t.topic({ event: v.string(), delivery: 'log' }) })
type Api = World<typeof router>

async function open(): Promise<Api> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

/** A consumer; `told` is what it was told since it was last asked, without statuses; `status` is the newest. */
function listen({ api }: Api, since?: Since): { told(): unknown[]; status(): string; leave(): void } {
  const heard: unknown[] = []
  const handle = api.room.subscribe(
    {},
    {
      ...(since !== undefined && { since }),
      onEvent: (event, { offset }) => heard.push(`${offset} ${event}`),
      onGap: ({ reason, missed, position }: Gap) => heard.push({ reason, missed, at: position.offset }),
    },
  )
  return { told: () => heard.splice(0), status: () => handle.status(), leave: handle.unsubscribe }
}

const at = (offset: number, tag = 't', epoch = 'e'): Position => ({
  epoch,
  offset,
  tag: offset === 0 ? '' : `${tag}${offset}`,
})
const event = (offset: number, tag = 't'): object => ({
  event: 3,
  offset,
  tag: `${tag}${offset}`,
  data: `${tag}${offset}`,
})

/** Answers the newest `sub`; gives the `since` that it asked. */
async function subbed(peer: FakePeer, answer: object): Promise<unknown> {
  const sub = (await peer.receives()).filter((frame) => 'sub' in frame).at(-1)
  await peer.sends({ subbed: sub?.['sub'], as: 3, ...answer })
  return sub?.['since']
}

async function reconnect(world: Api): Promise<FakePeer> {
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes()
  return peer
}

test('a consumer of what is new hears the first events of a history that began anew', async () => {
  const world = await open()
  const first = listen(world, 'start')
  await subbed(world.peer(), { position: at(0), behind: 2 })
  await world.peer().sends([event(1), event(2), { live: 3 }])
  await world.peer().sends({ gap: 3, reason: 'epoch', position: at(0, 't', 'f') })
  const second = listen(world)
  await world.peer().sends(event(1, 'u'))
  expect(first.told()).toEqual(['1 t1', '2 t2', { reason: 'epoch', missed: undefined, at: 0 }, '1 u1'])
  expect(second.told()).toEqual(['1 u1'])
})

test('nobody is live while it is asked for again, whatever the node says of itself', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), { position: at(5) })
  await world.peer().sends({ stale: true })
  const second = listen(world, 'start')
  await world.peer().sends({ stale: false })
  expect([first.status(), second.status()]).toEqual(['catching-up', 'connecting'])
  await subbed(world.peer(), { position: at(5) })
  expect([first.status(), second.status()]).toEqual(['live', 'live'])
})

test('a position that was undone is a gap for its consumer and for nobody else', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), { position: at(5) })
  const second = listen(world, at(3, 'lost'))
  const gap = { reason: 'rewound', position: at(6) }
  expect(await subbed(world.peer(), { position: at(6), gap })).toEqual(at(3, 'lost'))
  expect(await subbed(world.peer(), { position: at(0), behind: 6 })).toBe('start')
  await world.peer().sends([...[1, 2, 3, 4, 5, 6, 7].map((offset) => event(offset)), { live: 3 }])
  expect(first.told()).toEqual(['6 t6', '7 t7'])
  expect(second.told()).toEqual([{ reason: 'rewound', missed: undefined, at: 6 }, '7 t7'])
})

test('a gap counts what each consumer missed itself, and nothing where the history was rewritten', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), { position: at(5) })
  const second = listen(world, at(2))
  await subbed(world.peer(), { position: at(2), behind: 3 })
  await world.peer().sends({ gap: 3, reason: 'trimmed', missed: 7, position: at(9) })
  expect(first.told()).toEqual([{ reason: 'trimmed', missed: 4, at: 9 }])
  expect(second.told()).toEqual([{ reason: 'trimmed', missed: 7, at: 9 }])
  await world.peer().sends({ gap: 3, reason: 'rewound', position: at(12, 'u') })
  expect(first.told()).toEqual([{ reason: 'rewound', missed: undefined, at: 12 }])
})

test('a consumer of what is new that has heard nothing goes on after a reconnect', async () => {
  const world = await open()
  listen(world, 'start')
  await subbed(world.peer(), { position: at(0), behind: 2 })
  const second = listen(world)
  await world.peer().sends([event(1), event(2), { live: 3 }])
  await subbed(await reconnect(world), { position: at(2) })
  await world.peer().sends(event(3))
  expect(second.told()).toEqual(['3 t3'])
})

test('a consumer of what is new is told when the place where it began was undone', async () => {
  const world = await open()
  const only = listen(world)
  await subbed(world.peer(), { position: at(2) })
  const gap = { reason: 'rewound', position: at(4, 'u') }
  expect(await subbed(await reconnect(world), { position: at(4, 'u'), gap })).toEqual(at(2))
  await world.peer().sends(event(5, 'u'))
  expect(only.told()).toEqual([{ reason: 'rewound', missed: undefined, at: 4 }, '5 u5'])
})

test('who stands on an undone event where others were trimmed to is told `rewound`, not what the others are told', async () => {
  const world = await open()
  const first = listen(world, at(2, 'old'))
  const second = listen(world, at(0))
  // Asked for from where the older one is, which retention has passed: the history goes on behind an event that replaced
  // the one which the newer consumer has seen.
  await subbed(world.peer(), { position: at(2), behind: 1, gap: { reason: 'trimmed', missed: 2, position: at(2) } })
  await world.peer().sends([event(3), { live: 3 }])
  expect(first.told()).toEqual([{ reason: 'rewound', missed: undefined, at: 2 }, '3 t3'])
  expect(second.told()).toEqual([{ reason: 'trimmed', missed: 2, at: 2 }, '3 t3'])
})

test('a consumer of what is new, for which history is read past where it began by others, is told of no gap', async () => {
  const world = await open()
  const first = listen(world, at(0))
  await subbed(world.peer(), { position: at(0), behind: 10 })
  const second = listen(world)
  // Retention passed what was being read: it goes on exactly where the second one wanted to begin.
  await world
    .peer()
    .sends([event(1), { gap: 3, reason: 'trimmed', missed: 9, position: at(10) }, { live: 3 }, event(11)])
  expect(first.told()).toEqual(['1 t1', { reason: 'trimmed', missed: 9, at: 10 }, '11 t11'])
  expect(second.told()).toEqual(['11 t11'])
})

const events = (from: number, to: number): object[] =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index))
const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index} t${from + index}`)

test('who wants the last events of a topic that is live asks for those, not for all that is kept', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), { position: at(100) })
  const second = listen(world, { last: 3 })
  expect(await subbed(world.peer(), { position: at(97), behind: 3 })).toEqual({ last: 3 })
  await world.peer().sends([...events(98, 100), { live: 3 }, event(101)])
  expect(first.told()).toEqual(lines(101, 101))
  expect(second.told()).toEqual(lines(98, 101))
  expect([first.status(), second.status()]).toEqual(['live', 'live'])
})

test('where more was published meanwhile than it wants, it is asked from where the others stand', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), { position: at(100) })
  const second = listen(world, { last: 2 })
  expect(await subbed(world.peer(), { position: at(105), behind: 2 })).toEqual({ last: 2 })
  // Nobody takes what comes for the one that was given up.
  await world.peer().sends(events(106, 107))
  expect(await subbed(world.peer(), { position: at(100), behind: 8 })).toEqual(at(100))
  await world.peer().sends([...events(101, 108), { live: 3 }])
  expect(first.told()).toEqual(lines(101, 108))
  expect(second.told()).toEqual(lines(107, 108))
})

test('… from where the one stands that is furthest behind', async () => {
  const world = await open()
  const first = listen(world, at(10))
  await subbed(world.peer(), { position: at(10), behind: 90 })
  const second = listen(world)
  await world.peer().sends(events(11, 12))
  const third = listen(world, { last: 1 })
  expect(await subbed(world.peer(), { position: at(100), behind: 1 })).toEqual({ last: 1 })
  expect(await subbed(world.peer(), { position: at(12), behind: 90 })).toEqual(at(12))
  await world.peer().sends([...events(13, 102), { live: 3 }])
  expect(first.told()).toEqual(lines(11, 102))
  expect(second.told()).toEqual(lines(101, 102))
  expect(third.told()).toEqual(lines(102, 102))
})

test('… also where what one of them has is only where it will begin', async () => {
  const world = await open()
  const first = listen(world, 'start')
  await subbed(world.peer(), { position: at(0), behind: 5 })
  const second = listen(world)
  first.leave()
  await world.peer().sends(event(1))
  const third = listen(world, { last: 1 })
  expect(await subbed(world.peer(), { position: at(8), behind: 1 })).toEqual({ last: 1 })
  expect(await subbed(world.peer(), { position: at(1), behind: 8 })).toEqual(at(1))
  await world.peer().sends([...events(2, 9), { live: 3 }])
  expect(second.told()).toEqual(lines(6, 9))
  expect(third.told()).toEqual(lines(9, 9))
})

test('the last events that were asked for and not answered are asked for again, and hide nothing from others', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), { position: at(100) })
  const second = listen(world, { last: 2 })
  const peer = await reconnect(world)
  expect(await subbed(peer, { position: at(148), behind: 2 })).toEqual({ last: 2 })
  expect(await subbed(peer, { position: at(100), behind: 50 })).toEqual(at(100))
  await peer.sends([...events(101, 150), { live: 3 }])
  expect(first.told()).toEqual(lines(101, 150))
  expect(second.told()).toEqual(lines(149, 150))
})

test('what retention let go meanwhile is a gap for who stood before it, and for nobody else', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), { position: at(100) })
  const second = listen(world, { last: 2 })
  await subbed(world.peer(), { position: at(148), behind: 2 })
  const gap = { reason: 'trimmed', missed: 40, position: at(140) }
  expect(await subbed(world.peer(), { position: at(140), behind: 10, gap })).toEqual(at(100))
  await world.peer().sends([...events(141, 150), { live: 3 }])
  expect(first.told()).toEqual([{ reason: 'trimmed', missed: 40, at: 140 }, ...lines(141, 150)])
  expect(second.told()).toEqual(lines(149, 150))
})

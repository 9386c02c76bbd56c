import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, type FakePeer, type World } from '../test/fake-server.js'

const t = trunkline()
const router = t.router({
  prices: t.topic({ event: v.number(), delivery: 'latest', key: String }),
})

async function open(): Promise<World<typeof router>> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

/** A consumer that writes down all it is told. */
function listen({ api }: World<typeof router>) {
  const heard: string[] = []
  const handle = api.prices.subscribe(
    {},
    {
      onEvent: (event, place) =>
        heard.push(place ? `${place.key}${place.removed ? ' is gone:' : ''}=${event} (${place.version})` : `${event}`),
      onGap: ({ reason }) => heard.push(`anew: ${reason}`),
      onStatus: (status) => heard.push(status),
    },
  )
  return { handle, tells: () => heard.splice(0) }
}

const start = (epoch = 'e') => ({ position: { epoch, offset: 0, tag: '' }, behind: 0 })
const entry = (version: number, key: string, data: number) => ({ event: 3, offset: version, key, data })

/** Answers the newest `sub`, with what follows; gives what it asked. */
async function subbed(peer: FakePeer, answer: object, ...rest: object[]): Promise<unknown> {
  const sub = (await peer.receives()).filter((frame) => 'sub' in frame).at(-1)
  await peer.sends([{ subbed: sub?.['sub'], as: 3, ...answer }, ...rest])
  return sub?.['since']
}

test('the table comes first, then the changes, each with its key and version (P6.11)', async () => {
  const world = await open()
  const { tells } = listen(world)
  expect(await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })).toBeUndefined()
  await world.peer().sends(entry(6, 'a', 60))
  expect(tells()).toEqual(['catching-up', 'a=20 (2)', 'b=50 (5)', 'live', 'a=60 (6)'])
})

test('an empty table is live at once', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), { position: start().position })
  await world.peer().sends(entry(1, '', 7))
  expect(tells()).toEqual(['live', '=7 (1)'])
})

test('a consumer that comes later is told the table as it is, in the order of versions, and then the same changes', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })
  await world.peer().sends(entry(6, 'a', 60))
  first.tells()
  const second = listen(world)
  expect(second.tells()).toEqual(['live'])
  await world.clock.settle()
  expect(await world.peer().receives()).toEqual([])
  await world.peer().sends(entry(7, 'b', 70))
  expect(second.tells()).toEqual(['b=50 (5)', 'a=60 (6)', 'b=70 (7)'])
  expect(first.tells()).toEqual(['b=70 (7)'])
})

test('a consumer that comes in the middle of the table is told all of it', async () => {
  const world = await open()
  listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20))
  const second = listen(world)
  await world.peer().sends([entry(5, 'b', 50), { live: 3 }])
  expect(second.tells()).toEqual(['catching-up', 'a=20 (2)', 'b=50 (5)', 'live'])
})

test('a consumer that comes between the answer and the first entry is told all of it', async () => {
  const world = await open()
  listen(world)
  await subbed(world.peer(), start())
  const second = listen(world)
  await world.peer().sends([entry(5, 'b', 50), { live: 3 }])
  expect(second.tells()).toEqual(['catching-up', 'b=50 (5)', 'live'])
})

test('a consumer that leaves at once is told nothing', async () => {
  const world = await open()
  listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), { live: 3 })
  const second = listen(world)
  second.handle.unsubscribe()
  await world.clock.settle()
  expect(second.tells()).toEqual(['live', 'closed'])
})

test('after a reconnect it asks for what is newer, and nothing is told twice', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })
  await world.peer().drops()
  const peer = await world.nextPeer()
  const late = listen(world)
  await peer.welcomes({ resumed: true })
  tells()
  // A server may also send the whole table again.
  expect(await subbed(peer, start(), entry(2, 'a', 20), entry(5, 'b', 50), entry(6, 'c', 60), { live: 3 })).toEqual({
    epoch: 'e',
    offset: 5,
    tag: '',
  })
  expect(tells()).toEqual(['catching-up', 'c=60 (6)', 'live'])
  expect(late.tells()).toEqual(['a=20 (2)', 'b=50 (5)', 'catching-up', 'c=60 (6)', 'live'])
})

test('a table that started anew comes as a whole, also to who comes later', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })
  tells()
  await world.peer().sends([{ gap: 3, reason: 'epoch', position: start('f').position }, entry(1, 'a', 10)])
  expect(tells()).toEqual(['gap', 'anew: epoch', 'live', 'a=10 (1)'])
  const second = listen(world)
  await world.clock.settle()
  expect(second.tells()).toEqual(['live', 'a=10 (1)'])
})

test('a table that went back while the client was away comes as a whole', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  tells()
  const { position, behind } = start()
  await subbed(peer, { position, behind, gap: { reason: 'rewound', position } }, entry(2, 'a', 20), { live: 3 })
  expect(tells()).toEqual(['gap', 'anew: rewound', 'stale', 'catching-up', 'a=20 (2)', 'live'])
})

test('who had an entry is told that it is gone, and who comes later is not', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })
  tells()
  await world.peer().sends({ ...entry(6, 'a', 0), removed: true })
  expect(tells()).toEqual(['a is gone:=0 (6)'])
  const late = listen(world)
  await world.clock.settle()
  expect(late.tells()).toEqual(['live', 'b=50 (5)'])
  await world.peer().sends(entry(7, 'a', 70))
  expect([tells(), late.tells()]).toEqual([['a=70 (7)'], ['a=70 (7)']])
})

test('the removal of what nobody here had is not told, and moves everybody all the same', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), start(), entry(5, 'b', 50), { ...entry(6, 'a', 0), removed: true }, { live: 3 })
  expect(tells()).toEqual(['catching-up', 'b=50 (5)', 'live'])
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  expect(await subbed(peer, { position: { ...start().position, offset: 6 } })).toMatchObject({ offset: 6 })
})

test('after too long a time away the table comes as a whole, and who had one is told to drop it', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  tells()
  const { position, behind } = start()
  await subbed(peer, { position, behind, gap: { reason: 'trimmed', position } }, entry(5, 'b', 50), { live: 3 })
  expect(tells()).toEqual(['gap', 'anew: trimmed', 'stale', 'catching-up', 'b=50 (5)', 'live'])
  const late = listen(world)
  await world.clock.settle()
  expect(late.tells()).toEqual(['live', 'b=50 (5)'])
})

test('a table that is told anew while it is live, for a removal that is forgotten, is dropped first', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), start(), entry(2, 'a', 20), entry(5, 'b', 50), { live: 3 })
  tells()
  await world.peer().sends([{ behind: 3 }, { gap: 3, reason: 'trimmed', position: start().position }])
  await world.peer().sends([entry(5, 'b', 50), { live: 3 }])
  expect(tells()).toEqual(['catching-up', 'gap', 'anew: trimmed', 'catching-up', 'b=50 (5)', 'live'])
})

test('an ephemeral event beside the table has no place', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), { position: { ...start().position, offset: 4 } })
  await world.peer().sends({ event: 3, data: 9 })
  expect(tells()).toEqual(['live', '9'])
})

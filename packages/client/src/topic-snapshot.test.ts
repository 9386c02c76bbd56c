import { type Position, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, type FakePeer, type World } from '../test/fake-server.js'
import { reduceTopic } from './reduce-topic.js'

const t = trunkline()
const router = t.router({
  notes: t.topic({ event: v.string(), delivery: 'log', snapshot: () => ['a'] }),
})
type Api = World<typeof router>

async function open(): Promise<Api> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

/** A consumer that writes down all it is told. */
function listen({ api }: Api, since?: Position) {
  const heard: unknown[] = []
  const handle = api.notes.subscribe(
    {},
    {
      since,
      onSnapshot: (state, { position }) => heard.push(`[${state.join()}] at ${position.offset}`),
      onEvent: (event, { offset }) => heard.push(`${offset} ${event}`),
      onStatus: (status) => heard.push(status),
    },
  )
  return { handle, tells: () => heard.splice(0) }
}

const at = (offset: number, epoch = 'e'): Position => ({ epoch, offset, tag: offset === 0 ? '' : `t${offset}` })
const event = (offset: number): object => ({ event: 3, offset, tag: `t${offset}`, data: `n${offset}` })
const snapshot = (position: Position, ...data: string[]): object => ({ snapshot: 3, position, data })

/** Answers the newest `sub`, with what follows; gives what it asked. */
async function subbed(peer: FakePeer, position: Position, ...rest: object[]): Promise<unknown> {
  const subs = (await peer.receives()).filter((frame) => 'sub' in frame)
  expect(subs).toHaveLength(1)
  await peer.sends([{ subbed: subs[0]?.['sub'], as: 3, position, behind: 0 }, ...rest])
  return subs[0]?.['since']
}

test('the state comes first, then the events after it (P6.12)', async () => {
  const world = await open()
  const { tells } = listen(world)
  expect(await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 }, event(8))).toBeUndefined()
  expect(tells()).toEqual(['catching-up', '[x] at 7', 'live', '8 n8'])
})

test('a position that is proved is continued without a state', async () => {
  const world = await open()
  const { tells } = listen(world, at(6))
  expect(await subbed(world.peer(), at(6), event(7), { live: 3 })).toEqual(at(6))
  expect(tells()).toEqual(['catching-up', '7 n7', 'live'])
})

test.each([
  ['too old', at(3)],
  ['of another epoch', at(3, 'd')],
  ['of a history that was undone', at(99)],
])('a position that is %s is answered with the state, and no gap is told', async (_title, since) => {
  const world = await open()
  const { tells } = listen(world, since)
  await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 })
  expect(tells()).toEqual(['catching-up', '[x] at 7', 'live'])
})

test('a live consumer that lost events is told the state instead of a gap', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 }, event(8))
  tells()
  await world.peer().sends([{ behind: 3 }, snapshot(at(2, 'f'), 'y'), { live: 3 }, event(3)])
  expect(tells()).toEqual(['catching-up', '[y] at 2', 'live', '3 n3'])
})

test('after a reconnect it goes on behind the last event', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 }, event(8))
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  tells()
  expect(await subbed(peer, at(8), event(9), { live: 3 })).toEqual(at(8))
  expect(tells()).toEqual(['catching-up', '9 n9', 'live'])
})

test('a connection that breaks between the answer and the state asks for the state again', async () => {
  const world = await open()
  const { tells } = listen(world, at(3))
  expect(await subbed(world.peer(), at(7))).toEqual(at(3))
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  expect(await subbed(peer, at(8), snapshot(at(8), 'x'), { live: 3 })).toBeUndefined()
  expect(tells()).toEqual(['catching-up', 'stale', 'catching-up', '[x] at 8', 'live'])
})

test('a consumer that comes later asks for the state, and the others go on where they are', async () => {
  const world = await open()
  const first = listen(world)
  await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 }, event(8))
  first.tells()
  const second = listen(world)
  expect(await subbed(world.peer(), at(8), snapshot(at(8), 'x', 'n8'), { live: 3 }, event(9))).toBeUndefined()
  expect(second.tells()).toEqual(['catching-up', '[x,n8] at 8', 'live', '9 n9'])
  expect(first.tells()).toEqual(['catching-up', 'live', '9 n9'])
})

test('consumers that come before the answer share one state', async () => {
  const world = await open()
  const listeners = [listen(world), listen(world)]
  await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 })
  for (const { tells } of listeners) expect(tells()).toEqual(['catching-up', '[x] at 7', 'live'])
})

test('a consumer without a place asks for the state, also beside one whose place is asked for and not answered', async () => {
  const world = await open()
  const first = listen(world, at(6))
  const second = listen(world)
  const frames = await world.peer().receives()
  expect(frames).toEqual([
    { sub: 1, topic: 'notes', params: {}, since: at(6) },
    { unsub: 1 },
    { sub: 2, topic: 'notes', params: {} },
  ])
  await world.peer().sends([{ subbed: 2, as: 3, position: at(7), behind: 0 }, snapshot(at(7), 'x'), { live: 3 }])
  expect(first.tells()).toEqual(['catching-up', '[x] at 7', 'live'])
  expect(second.tells()).toEqual(['catching-up', '[x] at 7', 'live'])
})

test('a consumer that has seen more than there is, which another one’s place brings to light, is told the state', async () => {
  const world = await open()
  const first = listen(world, at(9))
  const second = listen(world, at(5))
  expect(await world.peer().receives()).toMatchObject([{ since: at(9) }, { unsub: 1 }, { sub: 2 }])
  await world.peer().sends([{ subbed: 2, as: 3, position: at(5), behind: 2 }, event(6), event(7), { live: 3 }])
  expect(await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 }, event(8))).toBeUndefined()
  expect(first.tells()).toEqual(['catching-up', '[x] at 7', 'live', '8 n8'])
  expect(second.tells()).toEqual(['catching-up', '6 n6', '7 n7', 'live', '8 n8'])
})

test('a state that cannot be decoded ends the subscription', async () => {
  const world = await open()
  const { tells } = listen(world)
  await subbed(world.peer(), at(7), { snapshot: 3, position: at(7), data: 'x', meta: { values: ['Nonsense'], v: 1 } })
  expect(tells()).toEqual(['catching-up', 'closed'])
  expect(await world.peer().receives()).toMatchObject([{ unsub: 1 }])
})

test('a reduced topic has the state of the newest snapshot, reduced by the events after it', async () => {
  const world = await open()
  const states: string[] = []
  const notes = reduceTopic(world.api.notes, {}, (state, note) => [...state, note], {
    onState: (state) => states.push(state.join()),
  })
  expect([notes.state(), notes.status()]).toEqual([undefined, 'connecting'])
  await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 }, event(8))
  expect(notes.state()).toEqual(['x', 'n8'])
  await world.peer().sends([{ behind: 3 }, snapshot(at(2, 'f')), { live: 3 }, event(3)])
  expect(states).toEqual(['x', 'x,n8', '', 'n3'])
  expect(notes.status()).toBe('live')
  notes.unsubscribe()
  expect(notes.status()).toBe('closed')
})

test('a reducer that throws is reported, and the state stays', async () => {
  const world = await open()
  const failures: unknown[] = []
  world.connection.on('listener-failed', ({ error }) => failures.push(error))
  const notes = reduceTopic(
    world.api.notes,
    {},
    (state, note) => {
      if (note === 'n8') throw new Error('cannot')
      return [...state, note]
    },
    { onState: () => {} },
  )
  await subbed(world.peer(), at(7), snapshot(at(7), 'x'), { live: 3 }, event(8), event(9))
  expect(notes.state()).toEqual(['x', 'n9'])
  expect(failures).toEqual([new Error('cannot')])
})

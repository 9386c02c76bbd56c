// What observers of topics ask of a server, on the wire.
import { type Position, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, type FakePeer, type World } from '../../test/fake-server.js'
import { observeLive } from './live.js'
import { observeTopic } from './topic.js'

const t = trunkline()
const router = t.router({
  notes: t.topic({ event: v.string(), delivery: 'log', snapshot: () => ['a'] }),
  lines: t.topic({ event: v.string(), delivery: 'log' }),
  prices: t.topic({ event: v.string(), delivery: 'latest', key: (price) => price }),
})

async function open(): Promise<World<typeof router>> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

const at = (offset: number): Position => ({ epoch: 'e', offset, tag: offset === 0 ? '' : `t${offset}` })
const event = (offset: number): object => ({ event: 3, offset, tag: `t${offset}`, data: `n${offset}` })
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Answers the newest `sub`, with what follows; gives from where it asked. */
async function answers(peer: FakePeer, position: Position, ...rest: object[]): Promise<unknown> {
  const subs = (await peer.receives()).filter((frame) => 'sub' in frame)
  expect(subs).toHaveLength(1)
  await peer.sends([{ subbed: subs[0]?.['sub'], as: 3, position, behind: 0 }, ...rest, { live: 3 }])
  return subs[0]?.['since']
}

test('a topic that is left and taken up again goes on behind the last event', async () => {
  const world = await open()
  const events: string[] = []
  const observer = observeTopic(world.api.lines, {}, () => ({
    since: { last: 5 },
    onEvent: (line) => events.push(String(line)),
    onGap: ({ reason }) => events.push(reason),
  }))
  expect(await world.peer().receives()).toEqual([])
  const leave = observer.subscribe(() => {})
  expect(await answers(world.peer(), at(7), event(8))).toEqual({ last: 5 })
  expect(observer.get()).toEqual({ status: 'live', error: undefined })
  leave()
  await turn()
  expect(await world.peer().receives()).toMatchObject([{ unsub: 1 }])
  expect(observer.get().status).toBe('connecting')
  observer.subscribe(() => {})
  expect(await answers(world.peer(), at(8), event(9))).toEqual(at(8))
  expect(events).toEqual(['n8', 'n9'])
})

test('who was live before anything came misses nothing either when it is taken up again', async () => {
  const world = await open()
  const onGap = (lines: string): string => `${lines} gap`
  const observers = [
    observeTopic(world.api.lines, {}, () => ({ onEvent: () => {}, onGap: () => {} })),
    observeLive(world.api.lines, {}, { empty: '', reduce: (lines, line) => lines + line, onGap }),
  ]
  for (const observer of observers) {
    const leave = observer.subscribe(() => {})
    expect(await answers(world.peer(), at(7))).toBeUndefined()
    expect(observer.get().status).toBe('live')
    leave()
    await turn()
    await world.peer().receives()
    const leaveAgain = observer.subscribe(() => {})
    expect(await answers(world.peer(), at(7), event(8))).toEqual(at(7))
    leaveAgain()
    await turn()
    await world.peer().receives()
  }
  expect(observers[1]?.get()).toMatchObject({ data: 'n8' })
})

test('who leaves and comes back in one turn sends nothing', async () => {
  const world = await open()
  const observer = observeTopic(world.api.lines, {}, () => ({ onEvent: () => {}, onGap: () => {} }))
  observer.subscribe(() => {})()
  observer.subscribe(() => {})
  await turn()
  expect(await world.peer().receives()).toMatchObject([{ sub: 1 }])
})

test('a live state goes on where a server rendered, and where it was left', async () => {
  const world = await open()
  const observer = observeLive(
    world.api.notes,
    {},
    { initial: { state: ['x'], position: at(7) }, reduce: (notes, note) => [...notes, note] },
  )
  expect(observer.initial).toEqual({ data: ['x'], status: 'connecting', error: undefined })
  const leave = observer.subscribe(() => {})
  expect(await answers(world.peer(), at(7), event(8))).toEqual(at(7))
  expect(observer.get()).toEqual({ data: ['x', 'n8'], status: 'live', error: undefined })
  leave()
  await turn()
  await world.peer().receives()
  // What is shown meanwhile is what it goes on from.
  expect(observer.get()).toEqual({ data: ['x', 'n8'], status: 'connecting', error: undefined })
  expect(observer.initial.data).toEqual(['x'])
  observer.subscribe(() => {})
  expect(await answers(world.peer(), at(8), event(9))).toEqual(at(8))
  expect(observer.get().data).toEqual(['x', 'n8', 'n9'])
})

test('a state that begins empty takes events from the start, and a gap says with what it goes on', async () => {
  const world = await open()
  const observer = observeLive(
    world.api.lines,
    {},
    {
      empty: [] as readonly string[],
      since: 'start',
      reduce: (lines, line) => [...lines, line],
      onGap: (lines, { reason }) => [...lines, reason],
    },
  )
  observer.subscribe(() => {})
  expect(await answers(world.peer(), at(0), event(1))).toBe('start')
  await world.peer().sends([{ gap: 3, reason: 'trimmed', missed: 2, position: at(3) }, event(4)])
  expect(observer.get().data).toEqual(['n1', 'trimmed', 'n4'])
})

const entry = (version: number, key: string): object => ({ event: 3, offset: version, key, data: key })

test('the state of a table is empty again where it starts anew, and when it is taken up again', async () => {
  const world = await open()
  const options = { empty: '', reduce: (keys: string, key: string) => `${keys}${key}` }
  const observer = observeLive(world.api.prices, {}, options)
  const leave = observer.subscribe(() => {})
  await answers(world.peer(), at(0), entry(1, 'a'), entry(2, 'b'))
  expect(observer.get().data).toBe('ab')
  await world.peer().sends([{ gap: 3, reason: 'trimmed', position: at(0) }, entry(2, 'b'), entry(4, 'c')])
  expect(observer.get().data).toBe('bc')
  leave()
  await turn()
  await world.peer().receives()
  // What is removed until it is taken up again nobody would tell.
  expect(observer.get()).toMatchObject({ data: '', status: 'connecting' })
  observer.subscribe(() => {})
  await answers(world.peer(), at(0), entry(4, 'c'))
  expect(observer.get().data).toBe('c')
})

test('the reducer of the newest render is called', async () => {
  const world = await open()
  let mark = 'a'
  const options = { empty: '', reduce: (text: string) => text }
  const observer = observeLive(world.api.lines, {}, options, () => ({
    reduce: (text, line) => `${text} ${mark}${line}`,
  }))
  observer.subscribe(() => {})
  await answers(world.peer(), at(0), event(1))
  mark = 'b'
  await world.peer().sends(event(2))
  expect(observer.get().data).toBe(' an1 bn2')
})

test('observers of one topic with a snapshot share its state; those that begin empty have their own', async () => {
  const world = await open()
  const reduce = (notes: readonly string[], note: string): readonly string[] => [...notes, note]
  const a = observeLive(world.api.notes, {}, { reduce })
  const b = observeLive(world.api.notes, {}, { reduce })
  a.subscribe(() => {})
  b.subscribe(() => {})
  await answers(world.peer(), at(7), { snapshot: 3, position: at(7), data: ['x'] })
  expect(a.get()).toBe(b.get())
  const own = [1, 2].map((n) => observeLive(world.api.lines, {}, { empty: n, reduce: (sum) => sum + 1 }))
  const placed = observeLive(world.api.notes, {}, { reduce, initial: { state: ['y'], position: at(7) } })
  expect(placed.get().data).toEqual(['x'])
  expect(own.map((each) => each.get().data)).toEqual([1, 2])
})

test('who shared a state that another one began goes on from it when it is left and taken up again', async () => {
  const world = await open()
  const reduce = (notes: readonly string[], note: string): readonly string[] => [...notes, note]
  const first = observeLive(world.api.notes, {}, { reduce })
  const second = observeLive(world.api.notes, {}, { reduce })
  const shown: unknown[] = []
  const leaves = [first.subscribe(() => {}), second.subscribe(() => shown.push(second.get().data))]
  await answers(world.peer(), at(7), { snapshot: 3, position: at(7), data: ['x'] }, event(8))
  for (const leave of leaves) leave()
  await turn()
  await world.peer().receives()
  expect(shown.at(-1)).toEqual(['x', 'n8'])
  expect(second.get()).toEqual({ data: ['x', 'n8'], status: 'connecting', error: undefined })
  expect(second.get()).toBe(second.get())
  second.subscribe(() => {})
  expect(await answers(world.peer(), at(8), event(9))).toEqual(at(8))
  expect(second.get()).toEqual({ data: ['x', 'n8', 'n9'], status: 'live', error: undefined })
})

test('who has a state shows it while the one that began without waits', async () => {
  const world = await open()
  const reduce = (notes: readonly string[], note: string): readonly string[] => [...notes, note]
  observeLive(world.api.notes, {}, { reduce }).subscribe(() => {})
  const placed = observeLive(world.api.notes, {}, { reduce, initial: { state: ['x'], position: at(7) } })
  placed.subscribe(() => {})
  expect(placed.get()).toBe(placed.get())
  expect(placed.get().data).toEqual(['x'])
  await answers(world.peer(), at(8), { snapshot: 3, position: at(8), data: ['x', 'y'] })
  expect(placed.get().data).toEqual(['x', 'y'])
})

test('a refusal reaches all that share a state: who has one and who waits for one', async () => {
  const world = await open()
  const reduce = (notes: readonly string[], note: string): readonly string[] => [...notes, note]
  const waiting = observeLive(world.api.notes, {}, { reduce })
  const placed = observeLive(world.api.notes, {}, { reduce, initial: { state: ['x'], position: at(7) } })
  for (const observer of [waiting, placed]) observer.subscribe(() => {})
  await world.peer().receives()
  await world.peer().sends({ closed: 1, code: 'FORBIDDEN', message: 'No.' })
  expect(waiting.get()).toMatchObject({ data: undefined, status: 'closed', error: { code: 'FORBIDDEN' } })
  expect(placed.get()).toMatchObject({ data: ['x'], status: 'closed', error: { code: 'FORBIDDEN' } })
  expect(placed.get()).toBe(placed.get())
})

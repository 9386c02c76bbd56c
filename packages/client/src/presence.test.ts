import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, type FakePeer, type World } from '../test/fake-server.js'
import type { Members } from './presence.js'

const t = trunkline()
const state = v.object({ name: v.string(), typing: v.boolean() })
const router = t.router({
  room: t.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log', presence: state }),
  mood: t.topic({ event: v.string(), delivery: 'ephemeral', presence: v.string() }),
})
type Api = World<typeof router>
const a = { room: 'a' }
const ada = { name: 'Ada', typing: false }

async function open(): Promise<Api> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

/** What a listener is told, a line for each call. */
function listen(members: Members<unknown>): { readonly lines: string[]; readonly stop: () => void } {
  const lines: string[] = []
  const stop = members.subscribe(
    (list, count) => {
      const shown = list.map(({ identity, state }) => `${identity}:${JSON.stringify(state)}`)
      lines.push(`${count} ${shown.join(' ')}`.trimEnd())
    },
    (error) => lines.push(error.code),
  )
  return { lines, stop }
}

/** Answers the newest `watch` with a list of identities. */
async function watched(peer: FakePeer, as: number, version: number, identities: string[] = []): Promise<unknown> {
  const watch = (await peer.receives()).filter((frame) => 'watch' in frame).at(-1)
  const members = identities.map((identity) => ({ identity, data: 0 }))
  await peer.sends({ watched: watch?.['watch'], as, version, count: members.length, members })
  return watch
}

test('join, update and leave are frames of the session, each with an id of its own (P5.11)', async () => {
  const { api, peer } = await open()
  const here = api.room.join(a, ada)
  here.update({ typing: true }, { revertAfterMs: 3_000 })
  here.update({ name: 'Ada L.' })
  here.leave()
  expect(await peer().receives()).toEqual([
    { join: 1, topic: 'room', params: a, data: ada },
    { update: 2, of: 1, data: { typing: true }, revertAfterMs: 3_000 },
    { update: 3, of: 1, data: { name: 'Ada L.' } },
    { leave: 4, of: 1 },
  ])
  here.update({ name: 'nobody' })
  here.leave()
  expect(await peer().receives()).toEqual([])
})

test('before the connection is open a join waits, with the updates made meanwhile', async () => {
  const world = createWorld<typeof router>({ lazy: true })
  const here = world.api.room.join(a, ada)
  here.update({ name: 'Ada L.' })
  here.update({ typing: true }, { revertAfterMs: 3_000 })
  expect(await world.peer().welcomes()).toEqual([
    { join: 1, topic: 'room', params: a, data: { name: 'Ada L.', typing: false } },
    { update: 2, of: 1, data: { typing: true }, revertAfterMs: 3_000 },
  ])
})

test('a state that is no object is replaced', async () => {
  const { api, peer } = await open()
  const here = api.mood.join({}, 'good')
  here.update('bad')
  expect(await peer().receives()).toEqual([
    { join: 1, topic: 'mood', params: {}, data: 'good' },
    { update: 2, of: 1, data: 'bad' },
  ])
})

test('a resumed session keeps its joins; what was updated meanwhile is sent', async () => {
  const world = await open()
  const here = world.api.room.join(a, ada)
  await world.peer().sends({ ok: 1 })
  await world.peer().drops()
  here.update({ name: 'Ada L.' })
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true, received: 1 })
  expect(await peer.receives()).toEqual([{ update: 2, of: 1, data: { name: 'Ada L.' } }])
})

test('of what is updated while the connection is away only the newest of each member is sent', async () => {
  const world = await open()
  const here = world.api.room.join(a, ada)
  await world.peer().sends({ ok: 1 })
  await world.peer().drops()
  // More than a session keeps for resuming: none of it is a frame of the session yet.
  for (let n = 1; n <= 5_000; n++) here.update({ name: `${'x'.repeat(100)}${n}` })
  for (let n = 1; n <= 5_000; n++) {
    here.update({ typing: true }, { revertAfterMs: 3_000 })
    here.update({ typing: false })
    here.update({ name: `Ada ${n}` })
  }
  here.update({ typing: true }, { revertAfterMs: 3_000 })
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true, received: 1 })
  expect(await peer.receives()).toEqual([
    { update: 2, of: 1, data: { typing: false } },
    { update: 3, of: 1, data: { name: 'Ada 5000' } },
    { update: 4, of: 1, data: { typing: true }, revertAfterMs: 3_000 },
  ])
  // It goes on as ever: these are answered one by one.
  await peer.sends([{ error: 2, code: 'INVALID_INPUT', message: 'No.' }, { ok: 3 }, { ok: 4 }])
  here.update({ typing: true })
  here.update({ typing: false })
  expect(await peer.receives()).toEqual([
    { update: 5, of: 1, data: { typing: true } },
    { update: 6, of: 1, data: { typing: false } },
  ])
})

test('updates of other members, or for another time, stay apart and in order', async () => {
  const world = await open()
  const here = world.api.room.join(a, ada)
  await world.peer().drops()
  here.update({ typing: true })
  here.update({ name: 'A', typing: true })
  here.update({ name: 'B' }, { revertAfterMs: 3_000 })
  here.update({ name: 'C' }, { revertAfterMs: 5_000 })
  here.update({ typing: false })
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true, received: 1 })
  expect(await peer.receives()).toEqual([
    { update: 2, of: 1, data: { name: 'A', typing: true } },
    { update: 3, of: 1, data: { name: 'B' }, revertAfterMs: 3_000 },
    { update: 4, of: 1, data: { name: 'C' }, revertAfterMs: 5_000 },
    { update: 5, of: 1, data: { typing: false } },
  ])
})

test('of several joins the one that was updated last comes last, also if it was made first', async () => {
  const world = await open()
  const first = world.api.mood.join({}, 'good')
  await world.peer().sends({ ok: 1 })
  await world.peer().drops()
  const second = world.api.mood.join({}, 'bad')
  const third = world.api.mood.join({}, 'worse')
  second.update('better')
  first.update('best')
  third.leave()
  second.leave()
  const fourth = world.api.mood.join({}, 'fine')
  first.update('finest')
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true, received: 1 })
  expect(await peer.receives()).toEqual([
    { join: 2, topic: 'mood', params: {}, data: 'fine' },
    { update: 3, of: 1, data: 'finest' },
  ])
  fourth.leave()
  expect(await peer.receives()).toEqual([{ leave: 4, of: 2 }])
})

test('what was updated while the connection was away is joined with where the session is lost', async () => {
  const world = await open()
  const here = world.api.room.join(a, ada)
  here.update({ name: 'sent' })
  await world.peer().drops()
  here.update({ typing: true })
  here.update({ name: 'Ada L.' }, { revertAfterMs: 3_000 })
  here.update({ name: 'Lovelace' })
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: false, welcome: 'another' })
  expect(await peer.receives()).toEqual([
    { join: 3, topic: 'room', params: a, data: { name: 'sent', typing: true } },
    { update: 4, of: 3, data: { name: 'Ada L.' }, revertAfterMs: 3_000 },
    { update: 5, of: 3, data: { name: 'Lovelace' } },
  ])
  await peer.drops()
  here.update({ name: 'Ada' }, { revertAfterMs: 3_000 })
  here.update({ typing: false })
  const third = await world.nextPeer()
  await third.welcomes({ resumed: false, welcome: 'third' })
  expect(await third.receives()).toEqual([
    { join: 6, topic: 'room', params: a, data: { name: 'Lovelace', typing: true } },
    { update: 7, of: 6, data: { name: 'Ada' }, revertAfterMs: 3_000 },
    { update: 8, of: 6, data: { typing: false } },
  ])
})

test('on a fresh session it joins again with the state it has, without what was temporary', async () => {
  const world = await open()
  const here = world.api.room.join(a, ada)
  here.update({ name: 'Ada L.' })
  here.update({ typing: true }, { revertAfterMs: 3_000 })
  await world.peer().sends([{ ok: 1 }, { ok: 2 }, { ok: 3 }])
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: false, welcome: 'another' })
  expect(await peer.receives()).toEqual([
    { join: 4, topic: 'room', params: a, data: { name: 'Ada L.', typing: false } },
  ])
  here.update({ typing: true })
  expect(await peer.receives()).toEqual([{ update: 5, of: 4, data: { typing: true } }])
})

test('a refused join has ended, and says why', async () => {
  const world = await open()
  const errors: string[] = []
  const here = world.api.room.join(a, ada, { onError: (error) => errors.push(error.code) })
  await world.peer().sends({ error: 1, code: 'FORBIDDEN', message: 'No.' })
  here.update({ typing: true })
  here.leave()
  expect(errors).toEqual(['FORBIDDEN'])
  expect(await world.peer().receives()).toEqual([{ join: 1, topic: 'room', params: a, data: ada }])
})

test('a join that the server ends later says why, once, and is not asked for again (P6.15)', async () => {
  const world = await open()
  const errors: string[] = []
  const here = world.api.room.join(a, ada, { onError: (error) => errors.push(error.code) })
  await world.peer().sends({ ok: 1 })
  here.update({ typing: true })
  await world.peer().sends([
    { error: 1, code: 'FORBIDDEN', message: 'Not any more.' },
    { error: 2, code: 'NOT_FOUND', message: 'This join has ended.' },
  ])
  here.update({ typing: false })
  here.leave()
  expect(errors).toEqual(['FORBIDDEN'])
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: false, welcome: 'another' })
  expect(await peer.receives()).toEqual([])
})

test('without `onError` a refusal is told where listeners that throw are', async () => {
  const world = await open()
  const failures: unknown[] = []
  world.connection.on('listener-failed', ({ path, error }) => failures.push(path, error))
  world.api.room.join(a, ada)
  await world.peer().sends({ error: 1, code: 'FORBIDDEN', message: 'No.' })
  world.api.room.join({ room: 'b' }, ada)
  world.connection.close()
  expect(failures).toEqual(['room', expect.objectContaining({ code: 'FORBIDDEN', message: 'No.' })])
})

test('a refused update is undone: it is not joined with again', async () => {
  const world = await open()
  const errors: string[] = []
  const here = world.api.room.join(a, ada, { onError: (error) => errors.push(error.code) })
  here.update({ name: 'much too long' })
  await world.peer().sends([{ ok: 1 }, { error: 2, code: 'INVALID_INPUT', message: 'No.' }])
  expect(errors).toEqual(['INVALID_INPUT'])
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: false, welcome: 'another' })
  expect(await peer.receives()).toEqual([{ join: 3, topic: 'room', params: a, data: ada }])
})

test('a refused update undoes itself alone; one that the server may have done stays', async () => {
  const world = await open()
  const errors: string[] = []
  const here = world.api.room.join(a, ada, { onError: (error) => errors.push(error.code) })
  here.update({ typing: true })
  here.update({ name: 'Ada L.' })
  await world.peer().sends([{ ok: 1 }, { error: 2, code: 'INVALID_INPUT', message: 'No.' }, { ok: 3 }])
  await world.peer().drops()
  const second = await world.nextPeer()
  await second.welcomes({ resumed: false, welcome: 'second' })
  const join = { topic: 'room', params: a }
  expect(await second.receives()).toEqual([{ join: 4, ...join, data: { name: 'Ada L.', typing: false } }])

  here.update({ typing: true })
  await second.sends([{ ok: 4 }, { error: 5, code: 'BROKER_UNAVAILABLE', message: 'Nobody knows.' }])
  expect(errors).toEqual(['INVALID_INPUT', 'BROKER_UNAVAILABLE'])
  // Of this one no answer comes.
  here.update({ name: 'Lovelace' })
  await second.drops()
  const third = await world.nextPeer()
  await third.welcomes({ resumed: false, welcome: 'third' })
  expect(await third.receives()).toEqual([{ join: 7, ...join, data: { name: 'Lovelace', typing: true } }])
})

test('answers of calls are still the calls’ own', async () => {
  const world = await open()
  world.api.room.join(a, ada)
  const published = world.api.room as unknown as { publish(params: unknown, event: unknown): Promise<unknown> }
  const [fine, refused] = [published.publish(a, 'x'), published.publish(a, 'y')]
  refused.catch(() => {})
  await world.peer().sends([{ ok: 1 }, { ok: 2, data: 7 }, { error: 3, code: 'FORBIDDEN', message: 'No.' }])
  expect(await fine).toBe(7)
  await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('a list is told, then each change, and changes of one turn once', async () => {
  const world = await open()
  const { lines } = listen(world.api.room.presence(a))
  expect(await watched(world.peer(), 3, 7, ['bob'])).toEqual({ watch: 1, topic: 'room', params: a })
  expect(lines.splice(0)).toEqual(['1 bob:0'])
  await world.peer().sends([
    { member: 3, version: 8, count: 2, identity: 'ada', data: ada },
    { member: 3, version: 9, count: 2, identity: 'ada', data: { ...ada, typing: true } },
    { left: 3, version: 10, count: 1, identity: 'bob' },
  ])
  expect(lines.splice(0)).toEqual(['1 ada:{"name":"Ada","typing":true}'])
  await world.peer().sends({ present: 3, version: 11, count: 900 })
  expect(lines).toEqual(['900 ada:{"name":"Ada","typing":true}'])
})

test('lists are new arrays, of which members that did not change are the same', async () => {
  const world = await open()
  const lists: (readonly object[])[] = []
  world.api.room.presence(a).subscribe((members) => lists.push(members))
  await watched(world.peer(), 3, 1, ['bob'])
  await world.peer().sends({ member: 3, version: 2, count: 2, identity: 'ada', data: 0 })
  expect(lists.map((list) => list.length)).toEqual([1, 2])
  expect(lists[1]?.[0]).toBe(lists[0]?.[0])
})

test('consumers of one topic and params share one watch, which ends with the last', async () => {
  const world = await open()
  const one = listen(world.api.room.join(a, ada).members)
  await watched(world.peer(), 3, 1, ['ada'])
  const two = listen(world.api.room.presence({ room: 'a' }))
  expect(two.lines).toEqual(['1 ada:0'])
  expect(await world.peer().receives()).toEqual([])
  one.stop()
  one.stop()
  await world.peer().sends({ left: 3, version: 2, count: 0, identity: 'ada' })
  expect(one.lines).toEqual(['1 ada:0'])
  expect(two.lines).toEqual(['1 ada:0', '0'])
  two.stop()
  expect(await world.peer().receives()).toEqual([{ unsub: 2 }])
})

test('a version that does not follow makes it ask again; the list stays until the answer', async () => {
  const world = await open()
  const { lines } = listen(world.api.room.presence(a))
  await watched(world.peer(), 3, 7, ['bob'])
  await world.peer().sends({ left: 3, version: 9, count: 0, identity: 'bob' })
  expect(lines.splice(0)).toEqual(['1 bob:0'])
  expect(await world.peer().receives()).toEqual([{ unsub: 1 }, { watch: 2, topic: 'room', params: a }])
  await world.peer().sends({ member: 3, version: 10, count: 5, identity: 'eve', data: 0 })
  expect(lines).toEqual([])
  await world.peer().sends({ watched: 2, as: 3, version: 10, count: 0, members: [] })
  await world.peer().sends({ member: 3, version: 11, count: 1, identity: 'eve', data: 0 })
  expect(lines).toEqual(['0', '1 eve:0'])
})

test('a list that comes anew replaces the old one', async () => {
  const world = await open()
  const { lines } = listen(world.api.room.presence(a))
  await watched(world.peer(), 3, 7, ['bob'])
  await world.peer().sends({ watched: 1, as: 3, version: 20, count: 1, members: [{ identity: 'eve', data: 1 }] })
  await world.peer().sends({ left: 3, version: 21, count: 0, identity: 'eve' })
  expect(lines).toEqual(['1 bob:0', '1 eve:1', '0'])
})

test('every connection is asked again; numbers of the old one mean nothing on it', async () => {
  const world = await open()
  const [first, second] = [listen(world.api.room.presence(a)), listen(world.api.room.presence({ room: 'b' }))]
  await world.peer().sends([
    { watched: 1, as: 3, version: 1, count: 0, members: [] },
    { watched: 2, as: 4, version: 1, count: 0, members: [] },
  ])
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  expect(await peer.receives()).toEqual([
    { watch: 3, topic: 'room', params: a },
    { watch: 4, topic: 'room', params: { room: 'b' } },
  ])
  // The new node counts otherwise: 3 is now the other room.
  await peer.sends({ watched: 4, as: 3, version: 5, count: 0, members: [] })
  first.stop()
  await peer.sends({ member: 3, version: 6, count: 1, identity: 'ada', data: 0 })
  expect(first.lines).toEqual(['0'])
  expect(second.lines).toEqual(['0', '0', '1 ada:0'])
})

test.each(['closed', 'error'])('a refused watch is told, and nothing follows (%s)', async (kind) => {
  const world = await open()
  const { lines } = listen(world.api.room.presence(a))
  await world.peer().receives()
  await world.peer().sends({ [kind]: 1, code: 'FORBIDDEN', message: 'No.' })
  expect(lines).toEqual(['FORBIDDEN'])
  const again = listen(world.api.room.presence(a))
  expect(await world.peer().receives()).toEqual([{ watch: 2, topic: 'room', params: a }])
  expect(again.lines).toEqual([])
})

test('a topic subscription that is refused is still the topic’s own', async () => {
  const world = await open()
  const statuses: string[] = []
  const callbacks = { onEvent: () => {}, onGap: () => {}, onStatus: (status: string) => statuses.push(status) }
  world.api.room.subscribe(a, callbacks)
  listen(world.api.room.presence(a))
  await world.peer().sends({ closed: 1, code: 'FORBIDDEN', message: 'No.' })
  expect(statuses).toEqual(['closed'])
})

test('a state that cannot be decoded ends the list: it would not be true', async () => {
  const world = await open()
  const { lines } = listen(world.api.room.presence(a))
  await watched(world.peer(), 3, 1, ['bob'])
  await world.peer().sends({ member: 3, version: 2, count: 2, identity: 'ada', data: JSON.parse('{"__proto__":1}') })
  expect(lines).toEqual(['1 bob:0', 'RESULT_LOST'])
  expect(await world.peer().receives()).toEqual([{ unsub: 1 }])
})

test('a state that cannot be encoded throws where it is given', async () => {
  const world = await open()
  const loop: { self?: unknown } = {}
  loop.self = loop
  expect(() => world.api.room.join(a, loop as never)).toThrow()
  expect(await world.peer().receives()).toEqual([])
})

test('closing ends joins and lists, and both are told', async () => {
  const world = await open()
  const errors: string[] = []
  const here = world.api.room.join(a, ada, { onError: (error) => errors.push(error.code) })
  const { lines } = listen(here.members)
  world.connection.close()
  expect(errors).toEqual(['CONNECTION_CLOSED'])
  expect(lines).toEqual(['CONNECTION_CLOSED'])
  expect(listen(world.api.room.presence(a)).lines).toEqual(['CONNECTION_CLOSED'])
  const frames = await world.peer().receives()
  expect(frames.at(-1)).toEqual({ bye: true })
})

/** Clauses of the protocol about topics that no session shows. */
import { trunkline } from '@trunkline/core'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { newToken, openPeer, startServer } from './support/open-peer.js'

const t = trunkline()
const room = t.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' })
const board = t.topic({ event: v.number(), delivery: 'log', clientPublish: true, presence: v.object({}) })
const pulse = t.topic({ event: v.number(), delivery: 'ephemeral', clientPublish: true })
const table = t.topic({
  event: v.object({ key: v.string(), text: v.string() }),
  delivery: 'latest',
  key: ({ key }) => key,
  clientPublish: true,
})
const list = t.topic({ event: v.string(), delivery: 'log', snapshot: () => ['all'] })
const router = t.router({ room, board, pulse, table, list })

test('P2.9, P6.1: a topic twice is refused by `closed`, and that is no bad frame', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'board' })
  await peer.receives({ subbed: 1 })
  for (let id = 2; id <= 20; id++) {
    peer.sends({ sub: id, topic: 'board' })
    await peer.receives({ closed: id, code: 'BAD_FRAME' })
  }
  expect(await peer.ping()).toEqual([])
})

test('P2.9, P4.1: a bad `sub` counts as a session frame, one that is refused does not', async () => {
  const { url } = await startServer({ router })
  const session = newToken()
  const peer = await openPeer(url, { session })
  peer.sends([{ sub: 1 }, { sub: 2, topic: 'nothing' }])
  await peer.receives({ error: 1, code: 'BAD_FRAME' })
  await peer.receives({ closed: 2, code: 'NOT_FOUND' })
  peer.terminate()
  expect((await openPeer(url, { session, received: 1 })).welcome).toMatchObject({ resumed: true, received: 1 })
})

test('P2.11: the ids of `sub` and `watch` need not increase', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends([
    { publish: 9, topic: 'pulse', data: 1 },
    { sub: 3, topic: 'board' },
    { watch: 2, topic: 'board' },
    { publish: 10, topic: 'pulse', data: 2 },
  ])
  const frames = await Promise.all([peer.receives(), peer.receives(), peer.receives(), peer.receives()])
  expect(frames).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ok: 9 }),
      expect.objectContaining({ subbed: 3 }),
      expect.objectContaining({ watched: 2 }),
      expect.objectContaining({ ok: 10 }),
    ]),
  )
})

test('P5.9: the answer to a publish is the position, and nothing where the topic has none', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ publish: 1, topic: 'board', data: 7 })
  await peer.receives({ ok: 1, data: { offset: 1 } })
  peer.sends({ publish: 2, topic: 'table', data: { key: 'a', text: '' } })
  await peer.receives({ ok: 2, data: { offset: 1, tag: '' } })
  peer.sends({ publish: 3, topic: 'pulse', data: 7 })
  expect(await peer.receives()).toEqual({ ok: 3 })
})

test('P6.1: `last` gives the newest events, none of them for 0, and `since` means nothing to an ephemeral topic', async () => {
  const { url, server } = await startServer({ router })
  for (const event of [1, 2, 3]) await server.publish(board, {}, event)
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'board', since: { last: 0 } })
  await peer.receives({ subbed: 1, position: { offset: 3 }, behind: undefined })
  peer.sends([{ unsub: 1 }, { sub: 2, topic: 'board', since: { last: 2 } }])
  await peer.receives({ subbed: 2, position: { offset: 1 }, behind: 2 })
  await peer.receives({ offset: 2, data: 2 })
  await peer.receives({ offset: 3, data: 3 })
  await peer.receives({ live: () => true })
  for (const [id, since] of ['start', { last: 9 }, { epoch: 'e', offset: 1, tag: '' }].entries()) {
    peer.sends({ sub: id + 10, topic: 'pulse', since })
    expect(Object.keys((await peer.receives({ subbed: id + 10 })) as object)).toEqual(['subbed', 'as'])
    peer.sends({ unsub: id + 10 })
  }
})

test('P6.3: an event of a log that was published as ephemeral has no offset and no tag, and moves nothing', async () => {
  const { url, server } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'board' })
  await peer.receives({ subbed: 1 })
  await server.publish(board, {}, 1, { ephemeral: true })
  const event = (await peer.receives({ data: 1 })) as object
  expect(Object.keys(event).sort()).toEqual(['data', 'event'])
  await server.publish(board, {}, 2)
  await peer.receives({ offset: 1, data: 2 })
})

test.each([
  ['nothing', undefined],
  ['"start"', 'start'],
  ['the last', { last: 1 }],
])('P6.12: who asks a topic with a snapshot for %s gets it', async (_since, since) => {
  const { url, server } = await startServer({ router })
  await server.publish(list, {}, 'one')
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'list', since })
  await peer.receives({ subbed: 1, behind: 0, position: { offset: 1 } })
  await peer.receives({ snapshot: () => true, position: { offset: 1 }, data: ['all'] })
  await peer.receives({ live: () => true })
})

test('P6.8: a `sub` that is given up before it was answered gets no answer', async () => {
  const { url } = await startServer({ router })
  const peer = await openPeer(url)
  peer.sends([
    { sub: 1, topic: 'board' },
    { unsub: 1 },
    { sub: 2, topic: 'board' },
    { watch: 3, topic: 'board' },
    { unsub: 3 },
  ])
  await peer.receives({ subbed: 2 })
  expect(await peer.ping()).toEqual([])
})

test('P7.1: each topic with its params is one history, with offsets of its own', async () => {
  const { url, server } = await startServer({ router })
  const peer = await openPeer(url)
  const numbers: unknown[] = []
  for (const [id, sub] of [
    { topic: 'room', params: { room: 'a' } },
    { topic: 'room', params: { room: 'b' } },
    { topic: 'board' },
  ].entries()) {
    peer.sends({ sub: id + 1, ...sub })
    numbers.push(((await peer.receives({ subbed: id + 1 })) as { as: number }).as)
  }
  expect(new Set(numbers).size).toBe(3)
  for (const [topic, params, event] of [
    [room, { room: 'a' }, 'a1'],
    [room, { room: 'b' }, 'b1'],
    [room, { room: 'a' }, 'a2'],
  ] as const) {
    await server.publish(topic, params, event)
  }
  await server.publish(board, {}, 4)
  const events: { event: number; offset: number; data: unknown }[] = []
  for (let n = 0; n < 4; n++) events.push((await peer.receives({ event: () => true })) as (typeof events)[number])
  // Of several topics any may come first (P6.10).
  const of = (number: unknown): unknown[] =>
    events.flatMap(({ event, offset, data }) => (event === number ? [[offset, data]] : []))
  expect(numbers.map(of)).toEqual([
    [
      [1, 'a1'],
      [2, 'a2'],
    ],
    [[1, 'b1']],
    [[1, 4]],
  ])
})

test('P7.7: a throttled topic hands out the newest of each key of what came in between', async () => {
  const perSecond = { throttle: { perSecond: 2 } }
  const rare = t.topic({ event: v.number(), delivery: 'ephemeral', ...perSecond })
  const rareTable = t.topic({
    event: v.object({ key: v.string(), n: v.number() }),
    delivery: 'latest',
    key: ({ key }) => key,
    ...perSecond,
  })
  const { url, server } = await startServer({ router: t.router({ rare, rareTable }) })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'rare' })
  const { as } = (await peer.receives({ subbed: 1 })) as { as: number }
  peer.sends({ sub: 2, topic: 'rareTable' })
  const { as: tableAs } = (await peer.receives({ subbed: 2 })) as { as: number }
  for (let n = 1; n <= 9; n++) {
    await server.publish(rare, {}, n)
    await server.publish(rareTable, {}, { key: n % 2 === 0 ? 'even' : 'odd', n })
  }
  const seen = (): { event?: number; data: unknown }[] =>
    peer.messages.flatMap((message) => [JSON.parse(String(message))].flat()).filter((frame) => 'event' in frame)
  const of = (number: number): unknown[] => seen().flatMap(({ event, data }) => (event === number ? [data] : []))
  // A stalled machine may let more of them through, but hardly all.
  await eventually(() => of(as).at(-1) === 9 && ['8}', '9}'].every((end) => JSON.stringify(of(tableAs)).includes(end)))
  expect(of(as).length).toBeLessThan(9)
  expect(of(tableAs).length).toBeLessThan(9)
})

test('P7.8: a table holds 10,000 entries; another key is refused, and the table stays as it is', async () => {
  const { url, server } = await startServer({ router })
  for (let n = 0; n < 10_000; n++) await server.publish(table, {}, { key: `k${n}`, text: '' })
  const peer = await openPeer(url)
  peer.sends({ publish: 1, topic: 'table', data: { key: 'one more', text: '' } })
  await peer.receives({ error: 1, code: 'LIMIT_EXCEEDED' })
  peer.sends({ publish: 2, topic: 'table', data: { key: 'k0', text: 'new' } })
  await peer.receives({ ok: 2, data: { offset: 10_001 } })
})

test('P7.8: a table holds 16,777,216 units; what would pass that is refused, and the table stays as it is', async () => {
  const { server } = await startServer({ router })
  const text = 'x'.repeat(200_000)
  let held = 0
  while ((held + 1) * text.length < 16_777_216)
    await server.publish(table, {}, { key: `k${held++}`, text }).catch(failed)
  await expect(server.publish(table, {}, { key: 'one more', text })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  await server.publish(table, {}, { key: 'k0', text: 'less' })
  await server.publish(table, {}, { key: 'one more', text: 'small' })

  function failed(error: unknown): never {
    throw new Error(`Entry ${held} of ${text.length} units was refused.`, { cause: error })
  }
})

test('P7.9: removals are never refused; 1,000 of them are told to who comes back, and before that the table is told anew', async () => {
  const shrinking = t.topic({
    event: v.object({ key: v.string(), gone: v.boolean() }),
    delivery: 'latest',
    key: ({ key }) => key,
    removes: ({ gone }) => gone,
  })
  const { url, server } = await startServer({ router: t.router({ shrinking }) })
  const publish = (key: string, gone: boolean): Promise<unknown> => server.publish(shrinking, {}, { key, gone })
  for (let n = 0; n < 10_000; n++) await publish(`k${n}`, false)
  for (let n = 0; n <= 1_000; n++) await publish(`k${n}`, true)
  // What is gone makes room.
  await publish('another', false)

  const peer = await openPeer(url)
  peer.sends([{ sub: 1, topic: 'shrinking' }])
  const { position } = (await peer.receives({ subbed: 1 })) as { position: { epoch: string } }
  peer.sends([{ unsub: 1 }])
  await peer.ping()
  const told = async (id: number, offset: number): Promise<{ gap: string | undefined; removed: number }> => {
    const from = peer.messages.length
    peer.sends([{ sub: id, topic: 'shrinking', since: { epoch: position.epoch, offset, tag: '' } }])
    const frames = (): { live?: number; removed?: boolean; gap?: { reason: string } }[] =>
      peer.messages.slice(from).flatMap((message) => [JSON.parse(String(message))].flat())
    await eventually(() => frames().some(({ live }) => live !== undefined))
    peer.sends({ unsub: id })
    return {
      gap: frames().find(({ gap }) => gap !== undefined)?.gap?.reason,
      removed: frames().filter(({ removed }) => removed).length,
    }
  }
  // Version 10,000 has all that was removed behind it, 10,001 all but the first of it.
  expect(await told(2, 10_001)).toEqual({ gap: undefined, removed: 1_000 })
  expect(await told(3, 10_000)).toEqual({ gap: 'trimmed', removed: 0 })
})

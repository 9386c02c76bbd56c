import { trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, stateOf, type World } from '../test/fake-server.js'
import type { SubscriptionStatus } from './subscription.js'

const t = trunkline()
const router = t.router({
  ticks: t.procedure.input(v.object({ symbol: v.string() })).subscription(async function* () {
    yield 0
  }),
  beats: t.procedure.subscription(async function* () {
    yield 0
  }),
})
type Api = World<typeof router>

async function open(): Promise<Api> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)

test('a loop gets the items in order and ends with the generator (P5.5, P5.6)', async () => {
  const { api, peer } = await open()
  const items: unknown[] = []
  const loop = (async () => {
    for await (const item of api.ticks.subscribe({ symbol: 'ACME' })) items.push(item)
  })()
  expect(await peer().receives()).toEqual([{ subscribe: 1, path: 'ticks', data: { symbol: 'ACME' } }])
  await peer().sends([
    { item: 1, data: 'a' },
    { item: 1, data: 'b' },
  ])
  await peer().sends([{ item: 1, data: 'c' }, { end: 1 }])
  await loop
  expect(items).toEqual(['a', 'b', 'c'])
})

test('leaving the loop cancels at the server (P5.3)', async () => {
  const { api, peer } = await open()
  const loop = (async () => {
    for await (const item of api.beats.subscribe()) return item
    return undefined
  })()
  await peer().receives()
  await peer().sends([
    { item: 1, data: 'first' },
    { item: 1, data: 'second' },
  ])
  expect(await loop).toBe('first')
  expect(await peer().receives()).toEqual([{ cancel: 1 }])
})

test('nothing is asked for until a loop begins, and each loop asks anew', async () => {
  const { api, peer } = await open()
  const beats = api.beats.subscribe()
  expect(await peer().receives()).toEqual([])
  for (const id of [1, 2]) {
    const loop = (async () => {
      for await (const item of beats) return item
      return undefined
    })()
    expect(await peer().receives()).toMatchObject([{ subscribe: id }])
    await peer().sends({ item: id, data: id })
    expect(await loop).toBe(id)
    await peer().receives()
  }
})

test('an error ends the loop by being thrown, after the items that came before it', async () => {
  const { api, peer } = await open()
  const items: unknown[] = []
  const loop = (async () => {
    for await (const item of api.beats.subscribe()) items.push(item)
  })()
  loop.catch(() => {})
  await peer().sends([
    { item: 1, data: 'a' },
    { error: 1, code: 'FORBIDDEN', message: 'No.' },
  ])
  expect(await stateOf(loop)).toMatchObject({ code: 'FORBIDDEN', path: 'beats' })
  expect(items).toEqual(['a'])
})

test('an aborted signal ends a loop with CANCELLED', async () => {
  const { api, peer } = await open()
  const controller = new AbortController()
  const loop = (async () => {
    for await (const item of api.beats.subscribe(undefined, { signal: controller.signal })) void item
  })()
  loop.catch(() => {})
  await peer().receives()
  controller.abort()
  expect(await stateOf(loop)).toMatchObject({ code: 'CANCELLED' })
  expect(await peer().receives()).toEqual([{ cancel: 1 }])
})

test('several next() are answered in their order', async () => {
  const { api, peer } = await open()
  const iterator = api.beats.subscribe()[Symbol.asyncIterator]()
  const results = [iterator.next(), iterator.next(), iterator.next()]
  await peer().sends([{ item: 1, data: 'a' }, { item: 1, data: 'b' }, { end: 1 }])
  expect(await Promise.all(results)).toEqual([
    { done: false, value: 'a' },
    { done: false, value: 'b' },
    { done: true, value: undefined },
  ])
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
})

test('return() settles a next() that waits', async () => {
  const { api, peer } = await open()
  const iterator = api.beats.subscribe()[Symbol.asyncIterator]()
  const next = iterator.next()
  await peer().receives()
  await iterator.return?.()
  expect(await next).toEqual({ done: true, value: undefined })
})

test('callbacks get items, the end, and the status', async () => {
  const { api, peer } = createWorld<typeof router>()
  const heard: unknown[] = []
  const subscription = api.ticks.subscribe(
    { symbol: 'ACME' },
    {
      onItem: (item) => heard.push(item),
      onEnd: () => heard.push('end'),
      onError: (error) => heard.push(error),
      onStatus: (status) => heard.push(status),
    },
  )
  expect(subscription.status()).toBe('connecting')
  await peer().welcomes()
  expect(subscription.status()).toBe('live')
  await peer().sends([{ item: 1, data: 'a' }, { end: 1 }])
  expect(heard).toEqual(['live', 'a', 'closed', 'end'])
  expect(subscription.status()).toBe('closed')
})

test('onError gets what it failed with', async () => {
  const { api, peer } = await open()
  const errors: unknown[] = []
  api.beats.subscribe(undefined, { onItem: () => {}, onError: (error) => errors.push(error) })
  await peer().sends({ error: 1, code: 'INTERNAL', message: '', correlationId: 'c' })
  expect(errors).toMatchObject([{ code: 'INTERNAL', correlationId: 'c', path: 'beats' }])
})

test('unsubscribe ends it here and at the server, silently', async () => {
  const { api, peer } = await open()
  const heard: unknown[] = []
  const subscription = api.beats.subscribe(undefined, {
    onItem: (item) => heard.push(item),
    onEnd: () => heard.push('end'),
    onError: (error) => heard.push(error),
  })
  await peer().receives()
  subscription.unsubscribe()
  subscription.unsubscribe()
  expect(await peer().receives()).toEqual([{ cancel: 1 }])
  await peer().sends([
    { item: 1, data: 'late' },
    { error: 1, code: 'CANCELLED', message: '' },
  ])
  expect(heard).toEqual([])
})

test('a consumer that throws is reported and gets the next item', async () => {
  const { api, connection, peer } = await open()
  const failures: unknown[] = []
  const items: unknown[] = []
  connection.on('listener-failed', (failure) => failures.push(failure))
  api.beats.subscribe(undefined, {
    onItem: (item) => {
      items.push(item)
      throw new Error('mine')
    },
  })
  await peer().sends([
    { item: 1, data: 'a' },
    { item: 1, data: 'b' },
  ])
  expect(items).toEqual(['a', 'b'])
  expect(failures).toMatchObject([{ path: 'beats' }, { path: 'beats' }])
})

test('taken is told every 64 items, not per item (P5.5)', async () => {
  const { api, peer } = await open()
  api.beats.subscribe(undefined, { onItem: () => {} })
  await peer().receives()
  await peer().sends(range(1, 63).map((n) => ({ item: 1, data: n })))
  expect(await peer().receives()).toEqual([])
  await peer().sends([{ item: 1, data: 64 }])
  expect(await peer().receives()).toEqual([{ taken: 1, n: 64 }])
})

test('taken is told after a quarter of the window in bytes, however few items that are', async () => {
  const { api, peer } = await open()
  api.beats.subscribe(undefined, { onItem: () => {} })
  await peer().receives()
  await peer().sends({ item: 1, data: 'x'.repeat(66_000) })
  expect((await peer().receives()).at(-1)).toEqual({ taken: 1, n: 1 })
})

test('many subscriptions together do not use up the session’s window in silence', async () => {
  const { api, peer } = await open()
  for (let n = 1; n <= 20; n++) api.beats.subscribe(undefined, { onItem: () => {} })
  await peer().receives()
  // Each stays below a quarter of its own window; a server would stop at 1 MiB of all.
  for (const id of range(1, 20)) await peer().sends({ item: id, data: 'x'.repeat(40_000) })
  const told = (await peer().receives()).filter((frame) => 'taken' in frame)
  expect(told.length).toBeGreaterThanOrEqual(14)
})

test('what a slow loop has not taken is not told as taken', async () => {
  const { api, peer } = await open()
  const iterator = api.beats.subscribe()[Symbol.asyncIterator]()
  const first = iterator.next()
  await peer().receives()
  await peer().sends(range(1, 200).map((n) => ({ item: 1, data: n })))
  await first
  expect(await peer().receives()).toEqual([])
  for (let n = 2; n <= 64; n++) await iterator.next()
  expect(await peer().receives()).toEqual([{ taken: 1, n: 64 }])
})

test('a resumed session goes on where it stopped: stale, then live', async () => {
  const { api, peer, nextPeer } = await open()
  const statuses: SubscriptionStatus[] = []
  const items: unknown[] = []
  api.beats.subscribe(undefined, { onItem: (item) => items.push(item), onStatus: (status) => statuses.push(status) })
  await peer().sends({ item: 1, data: 'a' })
  await peer().drops()
  const next = await nextPeer()
  await next.welcomes({ resumed: true, received: 1 })
  await next.sends({ item: 1, data: 'b' })
  expect(items).toEqual(['a', 'b'])
  expect(statuses).toEqual(['live', 'stale', 'live'])
})

test('on a fresh session a tracked subscription continues behind the last item that was taken (P5.6)', async () => {
  const { api, peer, nextPeer } = await open()
  const statuses: SubscriptionStatus[] = []
  const iterator = api.beats
    .subscribe(undefined, { onStatus: (status) => statuses.push(status) })
    [Symbol.asyncIterator]()
  const first = iterator.next()
  await peer().receives()
  await peer().sends([
    { item: 1, data: 'a', cursor: '7' },
    { item: 1, data: 'untracked' },
    { item: 1, data: 'not taken', cursor: '8' },
  ])
  expect((await first).value).toBe('a')
  expect((await iterator.next()).value).toBe('untracked')
  await peer().drops()
  const next = await nextPeer()
  await next.welcomes()
  expect(await next.receives()).toEqual([{ subscribe: 2, path: 'beats', lastEventId: '7' }])
  await next.sends({ item: 2, data: 'taken now', cursor: '8' })
  expect((await iterator.next()).value).toBe('taken now')
  expect(statuses).toEqual(['live', 'stale', 'live'])
})

test('on a fresh session an untracked subscription starts anew and says so', async () => {
  const { api, peer, nextPeer } = await open()
  const statuses: SubscriptionStatus[] = []
  api.beats.subscribe(undefined, { onItem: () => {}, onStatus: (status) => statuses.push(status) })
  await peer().sends({ item: 1, data: 'a' })
  await peer().drops()
  const next = await nextPeer()
  await next.welcomes()
  expect(await next.receives()).toEqual([{ subscribe: 2, path: 'beats' }])
  expect(statuses).toEqual(['live', 'stale', 'restarted', 'live'])
})

test('items are counted anew on a fresh session', async () => {
  const { api, peer, nextPeer } = await open()
  api.beats.subscribe(undefined, { onItem: () => {} })
  await peer().sends(range(1, 60).map((n) => ({ item: 1, data: n })))
  await peer().drops()
  const next = await nextPeer()
  await next.welcomes()
  await next.receives()
  await next.sends(range(1, 64).map((n) => ({ item: 2, data: n })))
  expect(await next.receives()).toEqual([{ taken: 2, n: 64 }])
})

test('close fails what runs, and nothing is asked for afterwards', async () => {
  const { api, connection, peer } = await open()
  const errors: unknown[] = []
  api.beats.subscribe(undefined, { onItem: () => {}, onError: (error) => errors.push(error) })
  const loop = (async () => {
    for await (const item of api.beats.subscribe()) void item
  })()
  loop.catch(() => {})
  await peer().receives()
  connection.close()
  expect(errors).toMatchObject([{ code: 'CONNECTION_CLOSED' }])
  expect(await stateOf(loop)).toMatchObject({ code: 'CONNECTION_CLOSED' })
  const late = (async () => {
    for await (const item of api.beats.subscribe()) void item
  })()
  late.catch(() => {})
  expect(await stateOf(late)).toMatchObject({ code: 'CONNECTION_CLOSED', fate: 'not-sent' })
})

test('an item that cannot be decoded ends the subscription and says so', async () => {
  const { api, peer } = await open()
  const errors: unknown[] = []
  api.beats.subscribe(undefined, { onItem: () => {}, onError: (error) => errors.push(error) })
  await peer().receives()
  await peer().sends({ item: 1, data: 1, meta: { values: ['Date'] } })
  expect(errors).toMatchObject([{ code: 'RESULT_LOST' }])
  expect(await peer().receives()).toEqual([{ cancel: 1 }])
})

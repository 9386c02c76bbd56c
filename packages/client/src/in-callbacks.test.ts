import { type Position, trunkline } from '@trunkline/core'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createWorld, type FakePeer, type World } from '../test/fake-server.js'

// What an app does inside a callback happens while the client is between two steps of its own.

const t = trunkline()
const router = t.router({
  get: t.procedure.query(() => 0),
  watch: t.procedure.subscription(async function* () {
    yield 0
  }),
  room: t.topic({ params: v.object({ room: v.string() }), event: v.string(), delivery: 'log' }),
  prices: t.topic({ event: v.string(), delivery: 'latest', key: (price) => price }),
})
type Api = World<typeof router>

async function open(): Promise<Api> {
  const world = createWorld<typeof router>()
  await world.peer().welcomes()
  return world
}

const at = (offset: number, epoch = 'e'): Position => ({ epoch, offset, tag: offset === 0 ? '' : `t${offset}` })
const event = (offset: number, as = 3): object => ({ event: as, offset, tag: `t${offset}`, data: `n${offset}` })

/** Answers the newest `sub`; gives what it asked. */
async function subbed(peer: FakePeer, answer: object): Promise<Record<string, unknown> | undefined> {
  const sub = (await peer.receives()).filter((frame) => 'sub' in frame).at(-1)
  await peer.sends({ subbed: sub?.['sub'], as: 3, ...answer })
  return sub
}

/** Lets a client that should be closed try for a while; then it must be so, and have opened no socket. */
async function expectClosed({ connection, peers, clock }: Api, sockets: number): Promise<void> {
  await clock.advance(60_000)
  expect(connection.status).toMatchObject({ state: 'closed', reason: 'close' })
  expect(peers).toHaveLength(sockets)
}

test('closing when told that it connects opens no socket', async () => {
  const world = createWorld<typeof router>({ lazy: true })
  world.connection.on('changed', ({ state }) => state === 'connecting' && world.connection.close())
  world.connection.connect().catch(() => {})
  await expectClosed(world, 0)
})

test('closing when told that the socket is lost stays closed', async () => {
  const world = await open()
  world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'stale' && world.connection.close(),
  })
  await world.peer().drops()
  await expectClosed(world, 1)
})

test('closing when told that a subscription starts anew stays closed', async () => {
  const world = await open()
  world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'restarted' && world.connection.close(),
  })
  await world.peer().drops()
  await (await world.nextPeer()).welcomes({ welcome: 'another' })
  await expectClosed(world, 2)
})

test('closing when told that a subscription is live stays closed', async () => {
  const world = createWorld<typeof router>()
  const states: string[] = []
  world.connection.on('changed', ({ state }) => states.push(state))
  world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'live' && world.connection.close(),
  })
  await world.peer().welcomes()
  expect(states).toEqual(['closed'])
  await expectClosed(world, 1)
})

test('reconnecting when told of the loss makes one socket, whatever else asked for it', async () => {
  const world = await open()
  world.connection.on('changed', (status) => {
    if (status.state === 'reconnecting' && status.retryInMs) world.connection.reconnect()
  })
  world.connection.reconnect()
  await world.clock.settle()
  expect(world.peers).toHaveLength(2)
  await world.peer().welcomes({ resumed: true })
  expect(world.connection.status).toEqual({ state: 'open' })
})

test('reconnecting when told that a subscription is stale makes one socket, and no other after it', async () => {
  const world = await open()
  world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'stale' && world.connection.reconnect(),
  })
  await world.peer().drops()
  await world.clock.advance(5_000)
  expect(world.peers).toHaveLength(2)
  await world.peer().welcomes({ resumed: true })
  expect(world.connection.status).toEqual({ state: 'open' })
})

test('… and when this client closes it is closed', async () => {
  const world = await open()
  world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'stale' && world.connection.reconnect(),
  })
  await world.peer().receives()
  world.connection.close()
  await world.clock.advance(60_000)
  expect(world.connection.status).toMatchObject({ state: 'closed', reason: 'close' })
  expect(world.peers.filter(({ closed }) => !closed)).toEqual([])
})

test('connecting and subscribing anew when told that it is closed does so once', async () => {
  const world = await open()
  const { api, connection } = world
  const heard: string[] = []
  const listen = (name: string): void => {
    api.room.subscribe(
      { room: 'a' },
      {
        onEvent: (text) => heard.push(`${name} hears ${text}`),
        onGap: () => {},
        onStatus: (status) => {
          heard.push(`${name} is ${status}`)
          if (status !== 'closed' || name !== 'the first') return
          connection.connect().catch(() => heard.push('refused'))
          listen('the second')
        },
      },
    )
  }
  listen('the first')
  await world.peer().closes(4401)
  expect(heard).toEqual(['the first is closed'])
  expect(connection.status.state).toBe('connecting')
  const [sub] = await world.peer().welcomes()
  await world.peer().sends([{ subbed: sub?.['sub'], as: 3, position: at(1) }, event(2)])
  expect(heard.slice(1)).toEqual(['the second is live', 'the second hears n2'])
})

test('a subscription that is given up when it starts anew is not asked for again', async () => {
  const world = await open()
  const handle = world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'restarted' && handle.unsubscribe(),
  })
  const other = world.api.watch.subscribe(undefined, { onItem: () => {} })
  await world.peer().drops()
  const peer = await world.nextPeer()
  await peer.welcomes({ welcome: 'another' })
  expect(await peer.receives()).toEqual([{ subscribe: 3, path: 'watch' }])
  expect(other.status()).toBe('live')
})

test('a call that is made when told that a subscription is live is sent behind it: ids increase (P2.11)', async () => {
  const { api, peer } = await open()
  api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'live' && api.get.query().catch(() => {}),
  })
  expect(await peer().receives()).toEqual([
    { subscribe: 1, path: 'watch' },
    { query: 2, path: 'get' },
  ])
})

test('what waits is sent once, also when another call is given up while it is sent', async () => {
  const world = await open()
  await world.peer().drops()
  world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => status === 'live' && other.unsubscribe(),
  })
  const other = world.api.watch.subscribe(undefined, { onItem: () => {} })
  const peer = await world.nextPeer()
  await peer.welcomes({ resumed: true })
  expect(await peer.receives()).toEqual([{ subscribe: 1, path: 'watch' }])
})

test('who subscribes from the start inside onEvent has every event from the start', async () => {
  const world = await open()
  const heard: string[] = []
  let joined = false
  world.api.room.subscribe(
    { room: 'a' },
    {
      onEvent: () => {
        if (joined) return
        joined = true
        world.api.room.subscribe(
          { room: 'a' },
          {
            since: 'start',
            onEvent: (text) => heard.push(text),
            onGap: ({ reason }) => heard.push(reason),
          },
        )
      },
      onGap: () => {},
    },
  )
  await subbed(world.peer(), { position: at(2) })
  await world.peer().sends(event(3))
  expect(await subbed(world.peer(), { as: 4, position: at(0), behind: 3 })).toMatchObject({ since: 'start' })
  await world.peer().sends([event(1, 4), event(2, 4), event(3, 4), { live: 4 }, event(4, 4)])
  expect(heard).toEqual(['n1', 'n2', 'n3', 'n4'])
})

test('who subscribes behind a place inside onGap has every event after it', async () => {
  const world = await open()
  const heard: string[] = []
  let joined = false
  world.api.room.subscribe(
    { room: 'a' },
    {
      since: at(5),
      onEvent: () => {},
      onGap: () => {
        if (joined) return
        joined = true
        world.api.room.subscribe(
          { room: 'a' },
          { since: at(7), onEvent: (text) => heard.push(text), onGap: ({ reason }) => heard.push(reason) },
        )
      },
    },
  )
  await subbed(world.peer(), { position: at(8), gap: { reason: 'trimmed', missed: 3 } })
  expect(await subbed(world.peer(), { as: 4, position: at(7), behind: 1 })).toMatchObject({ since: at(7) })
  await world.peer().sends([event(8, 4), { live: 4 }])
  expect(heard).toEqual(['n8'])
})

test('who leaves when told that there is a gap hears nothing more of it', async () => {
  const world = await open()
  const heard: string[] = []
  const handle = world.api.room.subscribe(
    { room: 'a' },
    {
      since: at(5),
      onEvent: () => {},
      onGap: ({ reason }) => heard.push(reason),
      onStatus: (status) => {
        heard.push(status)
        if (status === 'gap') handle.unsubscribe()
      },
    },
  )
  await subbed(world.peer(), { position: at(8), gap: { reason: 'trimmed', missed: 3 } })
  expect(heard).toEqual(['gap', 'closed'])
})

test('who reconnects when told that there is a gap is told of it, and is not live', async () => {
  const world = await open()
  const heard: string[] = []
  world.api.room.subscribe(
    { room: 'a' },
    {
      since: at(5),
      onEvent: () => {},
      onGap: ({ reason }) => heard.push(reason),
      onStatus: (status) => {
        heard.push(status)
        if (status === 'gap') world.connection.reconnect()
      },
    },
  )
  await subbed(world.peer(), { position: at(5) })
  await world.peer().sends({ gap: 3, reason: 'trimmed', missed: 3, position: at(8) })
  expect(heard).toEqual(['live', 'gap', 'stale', 'trimmed'])
})

test('who comes while the last other one leaves inside onStatus is asked for', async () => {
  const world = await open()
  const heard: string[] = []
  const first = world.api.room.subscribe(
    { room: 'a' },
    { onEvent: () => {}, onGap: () => {}, onStatus: (status) => status === 'catching-up' && first.unsubscribe() },
  )
  await subbed(world.peer(), { position: at(2) })
  const listener = { onEvent: (text: string) => heard.push(text), onGap: () => {} }
  world.api.room.subscribe({ room: 'a' }, { ...listener, since: 'start' })
  expect(await subbed(world.peer(), { position: at(0), behind: 1 })).toMatchObject({ since: 'start' })
  await world.peer().sends([event(1), { live: 3 }])
  expect(heard).toEqual(['n1'])
})

test('who comes within a message has the entries of a table in the order of their versions', async () => {
  const world = await open()
  const heard: unknown[] = []
  let joined = false
  const entry = (version: number, key: string): object => ({ event: 3, offset: version, key, data: `v${version}` })
  world.api.prices.subscribe(
    {},
    {
      onEvent: () => {
        if (joined) return
        joined = true
        world.api.prices.subscribe({}, { onEvent: (price, place) => heard.push(`${place?.key} ${price}`) })
      },
    },
  )
  const place = { epoch: 'e', offset: 0, tag: '' }
  await subbed(world.peer(), { position: place, behind: 0 })
  await world.peer().sends([entry(1, 'a'), entry(2, 'b'), entry(3, 'a'), { live: 3 }])
  await world.peer().sends(entry(4, 'b'))
  expect(heard).toEqual(['b v2', 'a v3', 'b v4'])
})

test('who leaves inside the onEvent of another hears nothing more', async () => {
  const world = await open()
  const heard: string[] = []
  world.api.room.subscribe({ room: 'a' }, { onEvent: () => second.unsubscribe(), onGap: () => {} })
  const second = world.api.room.subscribe({ room: 'a' }, { onEvent: (text) => heard.push(text), onGap: () => {} })
  await subbed(world.peer(), { position: at(2) })
  await world.peer().sends(event(3))
  expect(heard).toEqual([])
})

test('subscribing anew when told that it is stale happens once', async () => {
  const world = await open()
  const statuses: string[] = []
  const listen = (): void => {
    const { unsubscribe } = world.api.room.subscribe(
      { room: 'a' },
      {
        onEvent: () => {},
        onGap: () => {},
        onStatus: (status) => {
          if (statuses.push(status) > 50) throw new Error('again and again')
          if (status !== 'stale') return
          unsubscribe()
          listen()
        },
      },
    )
  }
  world.api.room.subscribe({ room: 'a' }, { onEvent: () => {}, onGap: () => {} })
  listen()
  await subbed(world.peer(), { position: at(2) })
  await world.peer().drops()
  expect(statuses).toEqual(['live', 'stale', 'closed'])
})

test('a listener that takes its own place hears each event once', async () => {
  const world = await open()
  let heard = 0
  const listen = (): void => {
    const stop = world.connection.on('changed', () => {
      if (++heard > 50) return
      stop()
      listen()
    })
  }
  listen()
  await world.peer().drops()
  expect(heard).toBe(1)
})

test('who leaves a topic and reconnects when told that the socket is lost begins with a hello', async () => {
  const world = await open()
  const room = world.api.room.subscribe({ room: 'a' }, { onEvent: () => {}, onGap: () => {} })
  // Asked for first, it is told first: the topic is still one that the lost socket knew.
  world.api.watch.subscribe(undefined, {
    onItem: () => {},
    onStatus: (status) => {
      if (status !== 'stale') return
      room.unsubscribe()
      world.connection.reconnect()
    },
  })
  await subbed(world.peer(), { position: at(0) })
  await world.peer().drops()
  const peer = world.peer()
  const [first, ...rest] = await peer.receives()
  expect(first).toMatchObject({ hello: expect.any(String) })
  expect(rest.filter((frame) => 'unsub' in frame)).toEqual([])
  await peer.welcomes({ resumed: true })
  expect(world.connection.status).toMatchObject({ state: 'open' })
})

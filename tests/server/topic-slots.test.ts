import { trunkline } from '@trunkline/core'
import { eventually } from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { gate, openPeer, startServer } from '../support/open-peer.js'

const t = trunkline()
const params = v.object({ name: v.string() })
const limited = 'LIMIT_EXCEEDED'

test.each(['sub', 'watch'])('P5.4: a %s that is given up holds its slot until authorize has settled', async (kind) => {
  const asked = gate<boolean>()
  let asking = 0
  const authorize = (): Promise<boolean> => {
    asking += 1
    return asked.promise
  }
  const room = t.topic({ params, event: v.string(), delivery: 'log', presence: v.string(), authorize })
  const { url } = await startServer({ router: t.router({ room }), limits: { maxSubscriptions: 2 } })
  const peer = await openPeer(url)
  for (let id = 1; id <= 5; id++) {
    peer.sends({ [kind]: id, topic: 'room', params: { name: `${id}` } })
    peer.sends({ unsub: id })
  }
  for (let id = 3; id <= 5; id++) await peer.receives({ closed: id, code: limited })
  expect(asking).toBe(2)
  asked.open(true)
  await eventually(() => {
    peer.sends({ [kind]: 6, topic: 'room', params: { name: '6' } })
    peer.sends({ unsub: 6 })
    return asking > 2
  })
})

test('P5.4: a sub that is given up holds its slot until its snapshot has settled', async () => {
  const taken = gate<string>()
  let taking = 0
  const snapshot = (): Promise<string> => {
    taking += 1
    return taken.promise
  }
  const room = t.topic({ params, event: v.string(), delivery: 'log', snapshot })
  const { url } = await startServer({ router: t.router({ room }), limits: { maxSubscriptions: 2 } })
  const peer = await openPeer(url)
  for (let id = 1; id <= 2; id++) {
    peer.sends({ sub: id, topic: 'room', params: { name: `${id}` } })
    await eventually(() => taking === id)
    peer.sends({ unsub: id })
  }
  peer.sends({ sub: 3, topic: 'room', params: { name: '3' } })
  await peer.receives({ closed: 3, code: limited })
  taken.open('state')
})

test('P5.4: an id that is given up and used again means what it says then', async () => {
  const asked = gate<boolean>()
  const room = t.topic({
    params,
    event: v.string(),
    delivery: 'log',
    authorize: ({ params: { name } }) => (name === 'first' ? asked.promise : true),
  })
  const { url, server } = await startServer({ router: t.router({ room }) })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'room', params: { name: 'first' } })
  peer.sends({ unsub: 1 })
  peer.sends({ sub: 1, topic: 'room', params: { name: 'second' } })
  await peer.receives({ subbed: 1 })
  asked.open(true)
  await server.publish(room, { name: 'first' }, 'not for it')
  await server.publish(room, { name: 'second' }, 'for it')
  await peer.receives({ data: 'for it' })
})

test('topics and subscriptions of a session count against one limit, in whichever order they come', async () => {
  const room = t.topic({ params, event: v.string(), delivery: 'log' })
  const ticks = t.procedure.subscription(async function* ({ signal }) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    yield 0
  })
  const { url } = await startServer({ router: t.router({ room, ticks }), limits: { maxSubscriptions: 1 } })
  const peer = await openPeer(url)
  peer.sends({ sub: 1, topic: 'room', params: { name: 'a' } })
  await peer.receives({ subbed: 1 })
  peer.sends({ subscribe: 2, path: 'ticks' })
  await peer.receives({ error: 2, code: limited })
})

test.each(['sub', 'watch'])(
  'a %s that was ended with an error holds no slot, and its id may be used again',
  async (kind) => {
    let isAllowed = true
    const authorize = (): boolean => isAllowed
    const room = t.topic({ params, event: v.string(), delivery: 'log', presence: v.string(), authorize })
    const { url, server } = await startServer({ router: t.router({ room }), limits: { maxSubscriptions: 1 } })
    const peer = await openPeer(url)
    const opened = kind === 'sub' ? 'subbed' : 'watched'
    peer.sends({ [kind]: 1, topic: 'room', params: { name: 'a' } })
    await peer.receives({ [opened]: 1 })
    isAllowed = false
    await server.reauthorize('anonymous')
    await peer.receives({ closed: 1, code: 'FORBIDDEN' })
    isAllowed = true
    peer.sends({ [kind]: 1, topic: 'room', params: { name: 'a' } })
    await peer.receives({ [opened]: 1 })
  },
)

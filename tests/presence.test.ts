import { type ClientAndConnection, createClient, type Members } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import type { Server } from '@trunkline/server'
import {
  checkPresence,
  checkStayed,
  createFaultProxy,
  createMembersRecorder,
  eventually,
  formatFindings,
} from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { newToken, openPeer, startServer } from './support/open-peer.js'

const t = trunkline()
const room = t.topic({
  params: v.object({ room: v.string() }),
  event: v.string(),
  delivery: 'ephemeral',
  presence: v.object({ name: v.string(), typing: v.boolean() }),
})
const router = t.router({ room })
const general = { room: 'general' }
const authenticate = ({ token }: { token: string | undefined }): { identity: string } => ({ identity: token ?? '' })

type Api = ClientAndConnection<typeof router>

async function start(options: object = {}): Promise<{ server: Server; url: string; port: number }> {
  return startServer({ router, authenticate, ...options })
}

function connect(url: string, name: string, options: object = {}): Api {
  const client = createClient<typeof router>({ url, auth: () => name, ...options })
  onTestFinished(() => client.connection.close())
  return client
}

interface Listener {
  /** A line for each list, from the first member on: `ada! bob` when Ada is typing. */
  readonly seen: string[]
  /** What the checker objects to if these are there in the end, with these states, and those never left. */
  finds(present: Record<string, unknown>, stayed?: readonly string[]): string
}

function listen(members: Members<{ name: string; typing: boolean }>): Listener {
  const seen: string[] = []
  const recorder = createMembersRecorder('a listener')
  members.subscribe((list) => {
    recorder.callback(list)
    const names = list.map(({ identity, state }) => identity + (state.typing ? '!' : ''))
    if (seen.length > 0 || names.length > 0) seen.push(names.sort().join(' '))
  })
  return {
    seen,
    finds: (present, stayed = []) =>
      formatFindings([
        ...checkPresence('room', new Map(Object.entries(present)), recorder),
        ...checkStayed('room', stayed, recorder),
      ]),
  }
}

/** What Ada joins with. */
const adaState = { name: 'Ada', typing: false }

test('two people see each other come, change and go', async () => {
  const { url } = await start()
  const ada = connect(url, 'ada')
  const here = ada.api.room.join(general, adaState)
  const { seen, finds } = listen(here.members)
  await eventually(() => seen.at(-1) === 'ada')

  const bob = connect(url, 'bob')
  const there = bob.api.room.join(general, { name: 'Bob', typing: false })
  await eventually(() => seen.at(-1) === 'ada bob')

  there.update({ typing: true })
  await eventually(() => seen.at(-1) === 'ada bob!')
  there.leave()
  await eventually(() => seen.at(-1) === 'ada')
  expect(finds({ ada: adaState }, ['ada'])).toBe('')
})

test('goodbye leaves at once', async () => {
  const { url } = await start()
  const { seen, finds } = listen(connect(url, 'bob').api.room.presence(general))
  const ada = connect(url, 'ada')
  ada.api.room.join(general, adaState)
  await eventually(() => seen.at(-1) === 'ada')
  ada.connection.close()
  await eventually(() => seen.at(-1) === '')
  expect(finds({})).toBe('')
})

test('typing stops by itself, also when the page that typed is gone', async () => {
  const { url } = await start()
  const { seen, finds } = listen(connect(url, 'bob').api.room.presence(general))
  const ada = connect(url, 'ada')
  const here = ada.api.room.join(general, adaState)
  here.update({ typing: true }, { revertAfterMs: 100 })
  await eventually(() => seen.includes('ada!') && seen.at(-1) === 'ada')

  const eve = await openPeer(url, { token: 'eve' })
  eve.sends([
    { join: 1, topic: 'room', params: general, data: { name: 'Eve', typing: false } },
    { update: 2, of: 1, data: { typing: true }, revertAfterMs: 300 },
  ])
  await eventually(() => seen.at(-1) === 'ada eve!')
  eve.terminate()
  await eventually(() => seen.at(-1) === 'ada eve')
  expect(finds({ ada: adaState, eve: { name: 'Eve', typing: false } }, ['ada', 'eve'])).toBe('')
})

test('two tabs are one person, who leaves with the last', async () => {
  const { url } = await start()
  const { seen, finds } = listen(connect(url, 'bob').api.room.presence(general))
  const [one, two] = [connect(url, 'ada'), connect(url, 'ada')]
  one.api.room.join(general, adaState)
  await eventually(() => seen.at(-1) === 'ada')
  const second = two.api.room.join(general, adaState)
  second.update({ typing: true })
  await eventually(() => seen.at(-1) === 'ada!')
  two.connection.close()
  await eventually(() => seen.at(-1) === 'ada')
  one.connection.close()
  await eventually(() => seen.at(-1) === '')
  expect(seen.filter((line) => line === '')).toHaveLength(1)
  expect(finds({})).toBe('')
})

test('a killed tab leaves by itself', async () => {
  const { url, port } = await start({ heartbeat: { intervalMs: 200, timeoutMs: 200 }, presence: { graceMs: 200 } })
  const { seen, finds } = listen(connect(url, 'bob').api.room.presence(general))
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const ada = connect(proxy.url, 'ada')
  ada.api.room.join(general, { name: 'Ada', typing: true })
  await eventually(() => seen.at(-1) === 'ada!')
  // Neither side hears anything more, and nobody closes.
  proxy.blackhole(true)
  await eventually(() => seen.at(-1) === '')
  expect(finds({})).toBe('')
})

test('a page that is reloaded shows nobody leaving', async () => {
  const { url } = await start()
  const { seen, finds } = listen(connect(url, 'bob').api.room.presence(general))
  const join = { join: 1, topic: 'room', params: general, data: { name: 'Ada', typing: false } }
  const page = await openPeer(url, { token: 'ada' })
  page.sends(join)
  await eventually(() => seen.at(-1) === 'ada')
  page.terminate()
  const reloaded = await openPeer(url, { token: 'ada', session: newToken() })
  reloaded.sends(join)
  await reloaded.receives({ ok: 1 })
  reloaded.sends({ update: 2, of: 1, data: { typing: true } })
  await eventually(() => seen.at(-1) === 'ada!')
  expect(seen).toEqual(['ada', 'ada!'])
  expect(finds({ ada: { ...adaState, typing: true } }, ['ada'])).toBe('')
})

test('a client that lost its session joins again by itself', async () => {
  const { url, port } = await start({ resumeMs: 50, presence: { graceMs: 200 } })
  const { seen, finds } = listen(connect(url, 'bob').api.room.presence(general))
  const proxy = await createFaultProxy({ targetPort: port })
  onTestFinished(() => proxy.close())
  const ada = connect(proxy.url, 'ada', { reconnect: { baseMs: 1, capMs: 50 } })
  const here = ada.api.room.join(general, adaState)
  await eventually(() => seen.at(-1) === 'ada')
  here.update({ typing: true })
  await eventually(() => seen.at(-1) === 'ada!')
  proxy.refuse(true)
  proxy.cutAll()
  await eventually(() => seen.at(-1) === '')
  proxy.refuse(false)
  await eventually(() => seen.at(-1) === 'ada!')
  expect(finds({ ada: { ...adaState, typing: true } })).toBe('')
  // It was away for longer than the grace, which is what this shows.
  expect(finds({}, ['ada'])).toMatch(/^ghost: .*\nflapped: /)
})

test('a crowd of 250 is 200 members and a count', async () => {
  const { url } = await start()
  const shown: [number, number][] = []
  connect(url, 'bob')
    .api.room.presence(general)
    .subscribe((members, count) => shown.push([members.length, count]))
  const peers = await Promise.all(Array.from({ length: 250 }, (_, n) => openPeer(url, { token: `p${n}` })))
  for (const peer of peers) {
    peer.sends({ join: 1, topic: 'room', params: general, data: { name: 'P', typing: false } })
  }
  await eventually(() => shown.at(-1)?.join() === '200,250')
  for (const peer of peers.slice(0, 100)) peer.sends({ leave: 2, of: 1 })
  await eventually(() => shown.at(-1)?.join() === '150,150')
})

/**
 * How long somebody is shown who is gone, on a virtual clock: the bounds that docs/guide/presence.md states.
 */
import type { Members } from '@trunkline/client'
import { trunkline } from '@trunkline/core'
import { createMemoryBroker, type Server } from '@trunkline/server'
import {
  checkPresence,
  checkStayed,
  createMembersRecorder,
  createRandom,
  createVirtualClock,
  type Finding,
  testSeed,
} from '@trunkline/testkit'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createVirtualServers } from '../support/virtual-servers.js'

const t = trunkline()
const room = t.topic({
  event: v.string(),
  delivery: 'ephemeral',
  presence: v.object({ name: v.string(), typing: v.boolean() }),
})
const router = t.router({ room })
const ada = { name: 'Ada', typing: false }

const HEARTBEAT = { intervalMs: 15_000, timeoutMs: 10_000 }
const GRACE_MS = 10_000
/** The server looks once in this time at most: for the ping, for its answer and for the grace. */
const SWEEP_MS = 1_000

interface Watched {
  /** Identities, each time they were told. */
  readonly lists: string[][]
  /** When the last change was told. */
  changedAt: number
  /** What the checker objects to if these are there now, with the state that they joined with. */
  finds(...present: string[]): Finding[]
  /** What it objects to if these never left. */
  flaps(...stayed: string[]): Finding[]
}

function watch(members: Members<unknown>, now: () => number): Watched {
  const recorder = createMembersRecorder('bob')
  const watched: Watched = {
    lists: [],
    changedAt: 0,
    finds: (...present) => checkPresence('room', new Map(present.map((name) => [name, ada])), recorder),
    flaps: (...stayed) => checkStayed('room', stayed, recorder),
  }
  members.subscribe((list) => {
    recorder.callback(list)
    watched.lists.push(list.map(({ identity }) => identity))
    watched.changedAt = now()
  })
  return watched
}

test('a client that falls silent leaves within intervalMs + timeoutMs + graceMs + 3 s, never before graceMs', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const { clock, start, connect } = createVirtualServers(router)
  const server = start()
  const bob = await connect(server, 'bob')
  const watched = watch(bob.api.room.presence({}), clock.now)
  for (let run = 0; run < 20; run++) {
    const client = await connect(server, 'ada')
    client.api.room.join({}, ada)
    await clock.advance(random.int(1, 20_000))
    expect(watched.finds('ada')).toEqual([])

    client.dies('silent')
    const diedAt = clock.now()
    await clock.advance(HEARTBEAT.intervalMs + HEARTBEAT.timeoutMs + GRACE_MS + 3 * SWEEP_MS)

    expect(watched.finds()).toEqual([])
    expect(watched.changedAt - diedAt).toBeGreaterThanOrEqual(GRACE_MS)
    client.connection.close()
  }
})

test('a client whose socket breaks leaves within graceMs + 1 s, never before graceMs', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const { clock, start, connect } = createVirtualServers(router)
  const server = start()
  const bob = await connect(server, 'bob')
  const watched = watch(bob.api.room.presence({}), clock.now)
  for (let run = 0; run < 20; run++) {
    const client = await connect(server, 'ada')
    client.api.room.join({}, ada)
    await clock.advance(random.int(1, 5_000))
    client.dies('broken')
    await clock.advance(GRACE_MS - 1)
    expect(watched.finds('ada')).toEqual([])
    await clock.advance(SWEEP_MS + 1)
    expect(watched.finds()).toEqual([])
    client.connection.close()
  }
})

test('negative control: with a heartbeat of a day a silent client is shown long after the bound', async () => {
  const { clock, start, connect } = createVirtualServers(router)
  const server = start({ heartbeat: { intervalMs: 86_400_000 } })
  const bob = await connect(server, 'bob')
  const watched = watch(bob.api.room.presence({}), clock.now)
  const client = await connect(server, 'ada')
  client.api.room.join({}, ada)
  await clock.settle()
  client.dies('silent')
  await clock.advance(600_000)
  expect(watched.finds().map(({ kind }) => kind)).toEqual(['ghost'])
})

test('a temporary state is put back 50 ms after its time at the latest, also when its client is gone', async () => {
  const { clock, start, connect } = createVirtualServers(router)
  const server = start()
  const bob = await connect(server, 'bob')
  const states: unknown[] = []
  bob.api.room.presence({}).subscribe((members) => states.push(members[0]?.state.typing))
  const client = await connect(server, 'ada')
  const here = client.api.room.join({}, ada)
  here.update({ typing: true }, { revertAfterMs: 3_000 })
  await clock.settle()
  client.dies('silent')
  await clock.advance(2_999)
  expect(states.at(-1)).toBe(true)
  await clock.advance(51)
  expect(states.at(-1)).toBe(false)
})

test('typing that goes on is not put back in between', async () => {
  const { clock, start, connect } = createVirtualServers(router)
  const server = start()
  const bob = await connect(server, 'bob')
  const states: unknown[] = []
  bob.api.room.presence({}).subscribe((members) => states.push(members[0]?.state.typing))
  const client = await connect(server, 'ada')
  const here = client.api.room.join({}, ada)
  await clock.settle()
  states.length = 0
  for (let key = 0; key < 10; key++) {
    here.update({ typing: true }, { revertAfterMs: 3_000 })
    await clock.advance(2_000)
  }
  expect(states).toEqual([true])
  await clock.advance(3_000)
  expect(states).toEqual([true, false])
})

/** Runs a page that is reloaded `awayMs` after its socket broke; gives the lists that others were told meanwhile. */
async function reload(awayMs: number, graceMs: number): Promise<Watched> {
  const { clock, start, connect } = createVirtualServers(router)
  const server = start({ presence: { graceMs } })
  const bob = await connect(server, 'bob')
  const watched = watch(bob.api.room.presence({}), clock.now)
  const page = await connect(server, 'ada')
  page.api.room.join({}, ada)
  await clock.settle()
  page.dies('broken')
  await clock.advance(awayMs)
  const reloaded = await connect(server, 'ada')
  reloaded.api.room.join({}, ada)
  await clock.advance(60_000)
  return watched
}

test('a page that is reloaded within the grace shows nobody leaving', async () => {
  const watched = await reload(5_000, GRACE_MS)
  expect(watched.lists).toEqual([[], ['ada']])
  expect([...watched.flaps('ada'), ...watched.finds('ada')]).toEqual([])
})

test('negative control: without a grace the same reload shows somebody leaving', async () => {
  const watched = await reload(5_000, 0)
  expect(watched.lists).toEqual([[], ['ada'], [], ['ada']])
  expect(watched.flaps('ada').map(({ kind }) => kind)).toEqual(['flapped'])
})

test('a session that comes back after the grace has its joins back', async () => {
  const { clock, start, connect } = createVirtualServers(router)
  const server = start({ presence: { graceMs: 2_000 }, resumeMs: 60_000 })
  const bob = await connect(server, 'bob')
  const watched = watch(bob.api.room.presence({}), clock.now)
  const page = await connect(server, 'ada')
  const here = page.api.room.join({}, ada)
  await clock.settle()
  page.moveTo(undefined)
  page.pair().drop()
  await clock.advance(4_000)
  expect(watched.lists).toEqual([[], ['ada'], []])
  page.moveTo(server)
  await clock.advance(30_000)
  expect(watched.lists).toEqual([[], ['ada'], [], ['ada']])
  here.leave()
  await clock.settle()
  expect(watched.finds()).toEqual([])
})

/** Two servers that share a broker; the first has a clock of its own, which stands still when it is killed. */
function twoNodes(graceMs = GRACE_MS): ReturnType<typeof createVirtualServers<typeof router>> & {
  first: Server
  second: Server
  /** Lets time pass for everything that lives. */
  passes(ms: number): Promise<void>
  kill(): void
} {
  const world = createVirtualServers(router)
  const broker = createMemoryBroker({ clock: world.clock })
  const own = createVirtualClock()
  let isAlive = true
  return {
    ...world,
    first: world.start({ broker, clock: own, presence: { graceMs } }),
    second: world.start({ broker, presence: { graceMs } }),
    passes: async (ms) => {
      for (let passed = 0; passed < ms; passed += 500) {
        await world.clock.advance(500)
        if (isAlive) await own.advance(500)
      }
    },
    kill: () => {
      isAlive = false
    },
  }
}

test.each([
  { graceMs: GRACE_MS, boundMs: 2 * GRACE_MS + SWEEP_MS },
  // A lease has 3 s at least, and others look each third of it.
  { graceMs: 500, boundMs: 5_000 },
])(
  'people of a node that dies are gone after $boundMs ms with a grace of $graceMs ms, not before it',
  async (given) => {
    const { graceMs, boundMs } = given
    const random = createRandom(testSeed(import.meta.url))
    for (let run = 0; run < 8; run++) {
      const { clock, first, second, connect, passes, kill } = twoNodes(graceMs)
      const bob = await connect(second, 'bob')
      const watched = watch(bob.api.room.presence({}), clock.now)
      const page = await connect(first, 'ada')
      page.api.room.join({}, ada)
      await passes(random.int(1, 40) * 500)
      expect(watched.finds('ada')).toEqual([])
      kill()
      page.dies('silent')
      const diedAt = clock.now()
      await passes(boundMs)
      expect(watched.finds()).toEqual([])
      expect(watched.changedAt - diedAt).toBeGreaterThanOrEqual(graceMs)
    }
  },
)

test('people who come back to another node within the grace are not shown leaving, when theirs dies or is closed', async () => {
  for (const how of ['dies', 'closes']) {
    const { clock, first, second, connect, passes, kill } = twoNodes()
    const bob = await connect(second, 'bob')
    const watched = watch(bob.api.room.presence({}), clock.now)
    await clock.settle()
    const page = await connect(first, 'ada')
    page.api.room.join({}, ada)
    await passes(3_000)
    page.moveTo(second)
    if (how === 'dies') {
      kill()
      page.pair().drop()
    } else await first.close()
    await passes(60_000)
    expect(watched.lists, how).toEqual([[], ['ada']])
    expect([...watched.flaps('ada'), ...watched.finds('ada')], how).toEqual([])
  }
})

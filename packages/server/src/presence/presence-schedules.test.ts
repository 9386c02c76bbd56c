/**
 * Nodes that share a store which loses calls, answers and notifications, and that stall and die: whoever watches ends up with who is
 * there, by contiguous versions (the model watcher throws otherwise).
 */
import {
  checkPresence,
  createRandom,
  createVirtualClock,
  type Finding,
  type Random,
  testSeed,
} from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { createMemoryPresence } from '../topics/memory-presence.js'
import { OwnMembers } from './own-members.js'
import { PresenceRooms } from './presence-rooms.js'
import { FaultPresence, type PresenceFaults } from './testing/fault-presence.js'
import { ModelWatcher } from './testing/model-watcher.js'

const LEASE_MS = 9_000
const SCHEDULES = 300
const STEPS = 80

interface Join {
  readonly joinId: string
  readonly identity: string
  state: number
  updatedAtMs: number
}

interface Node {
  readonly own: OwnMembers
  readonly rooms: PresenceRooms
  readonly watchers: Set<ModelWatcher>
  readonly joins: Map<string, Join>
  refreshAt: number
  /** Until then its timers do not run. */
  stalledUntil: number
}

/** Runs one schedule; gives what is wrong at its end. */
async function run(random: Random, { refreshes }: { refreshes: boolean }): Promise<Finding[]> {
  const clock = createVirtualClock({ settleTurns: 1 })
  const store = createMemoryPresence(clock)
  const faults: PresenceFaults = { failing: 0.1, deaf: 0.1, delayMs: 200 }
  const nodes: Node[] = []
  let nextJoin = 1

  const startNode = (): void => {
    const reached = new FaultPresence(store, clock, random, faults)
    nodes.push({
      own: new OwnMembers(reached, clock, LEASE_MS),
      rooms: new PresenceRooms({
        store: reached,
        clock,
        endOfTurn: (callback) => void setImmediate(callback),
        highWaterBytes: 1_000,
      }),
      watchers: new Set(),
      joins: new Map(),
      refreshAt: 0,
      stalledUntil: 0,
    })
  }

  const put = (node: Node, join: Join): void => {
    join.updatedAtMs = node.own.stamp()
    const { joinId, identity, state, updatedAtMs } = join
    const payload = `,"data":${state}`
    node.own.put('room', { joinId, node: node.own.node, identity, payload, updatedAtMs }).catch(() => {})
  }

  const passes = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await clock.advance(1_000)
      for (const node of nodes) {
        if (clock.now() < node.stalledUntil) continue
        node.own.sweep()
        if (clock.now() < node.refreshAt) continue
        node.refreshAt = clock.now() + LEASE_MS / 3
        if (refreshes) node.rooms.refresh()
      }
    }
  }

  const watch = (node: Node): void => {
    const watcher = new ModelWatcher()
    node.watchers.add(watcher)
    node.rooms.watch(watcher, { id: 1, onClosed: () => node.watchers.delete(watcher) }, 'room')
  }

  const step = async (): Promise<void> => {
    const node = nodes[random.int(0, nodes.length - 1)] as Node
    const joins = [...node.joins.values()]
    const join = joins[random.int(0, Math.max(0, joins.length - 1))]
    const [watcher] = node.watchers
    switch (random.int(0, 10)) {
      case 0:
      case 1: {
        const joinId = `${node.own.node}.${nextJoin++}`
        const made: Join = { joinId, identity: `i${random.int(1, 8)}`, state: 0, updatedAtMs: 0 }
        node.joins.set(joinId, made)
        return put(node, made)
      }
      case 2:
      case 3:
      case 4:
        if (join === undefined) return
        join.state += 1
        return put(node, join)
      case 5:
        if (join === undefined) return
        node.joins.delete(join.joinId)
        return void node.own.remove('room', join.joinId)
      case 6:
        return watch(node)
      case 7:
        if (watcher === undefined) return
        if (random.chance(0.3)) {
          node.watchers.delete(watcher)
          node.rooms.drop(watcher)
        } else if (watcher.bufferedBytes > 0) watcher.drain()
        else watcher.bufferedBytes = 2_000
        return
      case 8:
        // A node dies: nobody says anything for it any more.
        if (!random.chance(0.2) || nodes.length === 1) return
        node.rooms.close()
        nodes.splice(nodes.indexOf(node), 1)
        return startNode()
      case 9:
        if (random.chance(0.2)) node.stalledUntil = clock.now() + 2 * LEASE_MS
        return
      default:
        return passes(random.int(1, 4) * 1_000)
    }
  }

  for (let n = 0; n < 3; n++) startNode()
  for (let n = 0; n < STEPS; n++) await step()
  Object.assign(faults, { failing: 0, deaf: 0, delayMs: 0 })
  for (const node of nodes) if (node.watchers.size === 0) watch(node)
  await passes(4 * LEASE_MS)

  const shown = new Map<string, Join>()
  for (const join of nodes.flatMap((node) => [...node.joins.values()])) {
    const other = shown.get(join.identity)
    if (other === undefined || isNewer(join, other)) shown.set(join.identity, join)
  }
  const present = new Map([...shown].map(([identity, { state }]) => [identity, state]))
  const findings: Finding[] = []
  for (const node of nodes) {
    for (const watcher of node.watchers) {
      watcher.drain()
      findings.push(...checkPresence('room', present, { subscriber: node.own.node, members: watcher.members }))
      expect(watcher.count).toBe(watcher.members.size)
    }
    node.rooms.close()
  }
  return findings
}

function isNewer(a: Join, b: Join): boolean {
  return a.updatedAtMs === b.updatedAtMs ? a.joinId > b.joinId : a.updatedAtMs > b.updatedAtMs
}

test(`${SCHEDULES} schedules of joins, faults and deaths end with everybody seeing who is there`, async () => {
  const random = createRandom(testSeed(import.meta.url))
  for (let n = 0; n < SCHEDULES; n++) expect(await run(random, { refreshes: true }), `schedule ${n}`).toEqual([])
})

test('negative control: without reading the store again, what was not heard stays wrong', async () => {
  const random = createRandom(testSeed(import.meta.url))
  const findings: Finding[] = []
  for (let n = 0; n < SCHEDULES; n++) findings.push(...(await run(random, { refreshes: false })))
  const kinds = new Set(findings.map(({ kind }) => kind))
  expect(kinds).toContain('ghost')
  expect(kinds).toContain('wrong-state')
})

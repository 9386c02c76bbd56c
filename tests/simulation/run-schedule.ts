/**
 * One run: the steps, then everything is healed, comes to rest and is judged.
 *
 * Rule: after the healing nobody is helped: each client comes back by itself, within `SETTLE_MS`.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Position } from '@trunkline/core'
import {
  checkHistory,
  checkPresence,
  checkTable,
  createRandom,
  createReport,
  type Finding,
  type SubscriberRecord,
} from '@trunkline/testkit'
import { judgeCalls } from './judge-calls.js'
import { isAtRest, judgeStreams } from './judge-streams.js'
import { heal, runStep } from './run-step.js'
import type { Sabotage } from './sabotage.js'
import type { Schedule } from './schedule.js'
import type { SimFinding } from './sim-finding.js'
import { World } from './world.js'

/** How long everything may take to come to rest: dead sockets, backoff and the broker's time limits included. */
const SETTLE_MS = 60_000
/** Time in which something late would still arrive: more than the slowest link takes. */
const CALM_MS = 2_500

/** Longest time of a publish, with all its tries: what was asked of a server that closed goes on for so long. */
const PUBLISH_MS = 20_000

/** What came of a run. */
export interface Outcome {
  readonly schedule: Schedule
  readonly findings: readonly SimFinding[]
  /** How often what happened, to see that schedules reach what they are for. */
  readonly counts: ReadonlyMap<string, number>
}

/** Options of `runSchedule`. */
export interface RunOptions {
  readonly sabotage?: Sabotage | undefined
  /** Is told everything that happens. */
  readonly trace?: ((line: string) => void) | undefined
}

/** Runs a schedule and judges it. */
export async function runSchedule(schedule: Schedule, options: RunOptions = {}): Promise<Outcome> {
  const { now } = Date
  try {
    return await run(schedule, options)
  } finally {
    Date.now = now
  }
}

async function run(schedule: Schedule, { sabotage = {}, trace }: RunOptions): Promise<Outcome> {
  const world = new World(schedule.config, createRandom(schedule.runSeed), sabotage, trace)
  // The calendar goes on while a machine sleeps and its clock stands still.
  Date.now = () => world.clock.now()
  for (const step of schedule.steps) {
    if (world.isTraced) world.note(`— ${JSON.stringify(step)}`)
    runStep(step, world)
    await world.clock.advance(step.waitMs)
  }
  world.note('— healed')
  heal(world)
  await settle(world)
  world.note('— settled')
  // Judged before anything is published: whoever needs the next event to notice what it missed was stale in silence.
  let findings = await judge(world)
  if (findings.length === 0) {
    // What is live must be so indeed: one more event reaches everybody, also over a socket that is half-open by then.
    for (const room of world.rooms) world.publish(room, world.nodes[0], 0)
    await world.clock.advance(CALM_MS)
    await settle(world)
    findings = await judge(world)
  }
  await close(world)
  return { schedule, findings: [...findings, ...findLeaks(world)], counts: world.counts }
}

/** Servers wait for sockets, and for brokers that do not answer, on this clock. */
async function close(world: World): Promise<void> {
  let isClosed = false
  void world.close().then(() => {
    isClosed = true
  })
  const endMs = world.clock.now() + SETTLE_MS
  while (!isClosed && world.clock.now() < endMs) await world.clock.advance(CALM_MS)
  if (!isClosed) world.leaks.push(`a server that is not closed after ${SETTLE_MS} ms`)
  await world.clock.advance(PUBLISH_MS)
}

/** What is closed leaves no listener and no timer behind. */
function findLeaks(world: World): Finding[] {
  const { findings, report } = createReport('everything', 'the world')
  const timers = world.clock.pending().length
  if (timers > 0) world.leaks.push(`${timers} timers: ${JSON.stringify(world.clock.pending())}`)
  const generators = [...world.work.streams].filter(({ isOpen }) => isOpen).length
  if (generators > 0) world.leaks.push(`${generators} generators`)
  for (const leak of world.leaks) report('after-end', leak)
  return findings
}

/** Until every consumer is live and where its history ends, and is so still after a while; at most `SETTLE_MS`. */
async function settle(world: World): Promise<void> {
  const endMs = world.clock.now() + SETTLE_MS
  let isCalm = false
  while (!isCalm && world.clock.now() < endMs) {
    await world.clock.advance(250)
    if (!(await hasConverged(world))) continue
    await world.clock.advance(CALM_MS)
    isCalm = await hasConverged(world)
  }
}

async function hasConverged(world: World): Promise<boolean> {
  if (world.store.isDown || world.unsettled > 0) return false
  if (!world.clients.every(({ calls, streams }) => calls.areSettled && streams.records.every(isAtRest))) return false
  for (const { handle, recorder, room, kind } of world.clients.flatMap(({ consumers }) => consumers)) {
    if (handle === undefined) continue
    if (recorder.status !== 'live') return false
    if (kind === 'wave') continue
    if (kind === 'table') {
      if (checkTable(await world.store.tableOf(world.topicOf(room)), [recorder]).length > 0) return false
      continue
    }
    const { position: at = liveAt(recorder) } = recorder
    const top = world.topOf(room)
    if (at?.epoch !== top?.epoch || at?.tag !== top?.tag) return false
  }
  return world.rooms.every((room) => judgePresence(world, room).length === 0)
}

/** Whether everybody who watches a room is shown who is there, as they want to be shown. */
function judgePresence(world: World, room: string): Finding[] {
  // Of two tabs of one person either's state may show: to which of them it came last, the nodes know.
  const present = new Map<string, unknown[]>()
  for (const { identity, presence } of world.clients) {
    const own = presence.joins.get(room)
    if (own !== undefined) present.set(identity, [...(present.get(identity) ?? []), own.state])
  }
  const isOneOf = (shown: unknown, states: unknown): boolean =>
    (states as unknown[]).some((state) => isDeepStrictEqual(state, shown))
  return world.clients.flatMap(({ presence }) => {
    const recorder = presence.watched.get(room)
    return recorder === undefined ? [] : checkPresence(world.topicOf(room), present, recorder, isOneOf)
  })
}

/** Where a consumer that saw nothing is at least: where the history ended when it was first told that it is live. */
function liveAt({ sightings }: SubscriberRecord): Position | undefined {
  let top: Position | undefined
  for (const sighting of sightings) {
    if (sighting.kind === 'started') top = undefined
    else if (sighting.kind === 'live') top ??= sighting.top
  }
  return top
}

async function judge(world: World): Promise<SimFinding[]> {
  const findings: SimFinding[] = []
  for (const { calls, streams, openings, hasSlept } of world.clients) {
    findings.push(...judgeCalls(calls.records, world.work, openings, hasSlept))
    findings.push(...judgeStreams(streams.records, world.work))
  }
  for (const room of world.rooms) {
    const topic = world.topicOf(room)
    const consumers = world.clients.flatMap((client) => client.consumers).filter((consumer) => consumer.room === room)
    const { report, findings: own } = createReport(topic, 'a publisher')
    const isTable = world.kindOf(room) === 'table'
    const accepted = isTable
      ? await judgeTable(world, topic, consumers, own)
      : await judgeLog(world, topic, consumers, own)
    for (const { handle, recorder } of consumers) {
      if (handle === undefined || recorder.status === 'live') continue
      report('not-converged', `${recorder.subscriber} is ${recorder.status} in the end`)
    }
    for (const { id, position } of world.confirmed.filter((confirmed) => confirmed.room === room)) {
      const isAccepted = accepted.some(
        (entry) => entry.id === id && position !== undefined && isSamePosition(entry, position),
      )
      if (!isAccepted) report('not-in-history', `${id} was confirmed and is not in the history`)
    }
    findings.push(...own, ...judgePresence(world, room))
    world.counts.set('accepted', (world.counts.get('accepted') ?? 0) + accepted.length)
    for (const { recorder } of consumers) {
      for (const { kind } of recorder.sightings) {
        if (kind === 'event' || kind === 'entry' || kind === 'ephemeral') world.count(`seen ${kind}`)
      }
    }
  }
  return findings
}

function isSamePosition(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset === b.offset && a.tag === b.tag
}

type Consumers = World['clients'][number]['consumers']
/** What a confirmed publish must be among. */
type Accepted = readonly (Position & { readonly id: string })[]

async function judgeLog(world: World, topic: string, consumers: Consumers, findings: Finding[]): Promise<Accepted> {
  const oldest = await world.store.oldestOf(topic)
  const accepted = world.store.acceptedOf(topic)
  const top = world.store.topOf(topic)
  // Reading its oldest entry has made the topic known.
  if (top === undefined) return accepted
  const epochs = world.store.epochsOf(topic)
  const ephemeral = world.store.ephemeralOf(topic)
  const records = consumers.map(({ recorder }) => recorder)
  findings.push(...checkHistory({ topic, accepted, epochs, ephemeral, top, oldest }, records))
  return accepted
}

async function judgeTable(world: World, topic: string, consumers: Consumers, findings: Finding[]): Promise<Accepted> {
  const truth = await world.store.tableOf(topic)
  const records = consumers.map(({ recorder }) => recorder)
  findings.push(...checkTable(truth, records))
  return truth.accepted.map(({ id, epoch, version }) => ({ id, epoch, offset: version, tag: '' }))
}

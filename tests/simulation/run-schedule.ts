/**
 * One run: the steps, then everything is healed, comes to rest and is judged.
 *
 * Rule: after the healing nobody is helped: each client comes back by itself, within `SETTLE_MS`.
 */
import type { Position } from '@trunkline/core'
import { checkHistory, createRandom, type Finding, type SubscriberRecord } from '@trunkline/testkit'
import { heal, runStep } from './run-step.js'
import type { Sabotage } from './sabotage.js'
import type { Schedule } from './schedule.js'
import { World } from './world.js'

/** How long everything may take to come to rest: dead sockets, backoff and the broker's time limits included. */
const SETTLE_MS = 60_000
/** Time in which something late would still arrive: more than the slowest link takes. */
const CALM_MS = 2_500

/** What came of a run. */
export interface Outcome {
  readonly schedule: Schedule
  readonly findings: readonly Finding[]
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
export async function runSchedule(schedule: Schedule, { sabotage = {}, trace }: RunOptions = {}): Promise<Outcome> {
  const world = new World(schedule.config, createRandom(schedule.runSeed), sabotage, trace)
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
  // Servers wait for sockets on this clock.
  const closed = world.close()
  await world.clock.advance(CALM_MS)
  await closed
  return { schedule, findings, counts: world.counts }
}

/** Until every consumer is live and where its history ends, and is so still after a while; at most `SETTLE_MS`. */
async function settle(world: World): Promise<void> {
  const endMs = world.clock.now() + SETTLE_MS
  let isCalm = false
  while (!isCalm && world.clock.now() < endMs) {
    await world.clock.advance(250)
    if (!hasConverged(world)) continue
    await world.clock.advance(CALM_MS)
    isCalm = hasConverged(world)
  }
}

function hasConverged(world: World): boolean {
  if (world.store.isDown || world.unsettled > 0) return false
  return world.clients.every(({ consumers }) =>
    consumers.every(({ handle, recorder, room }) => {
      if (handle === undefined) return true
      const { position: at = liveAt(recorder), status } = recorder
      const top = world.topOf(room)
      return status === 'live' && at?.epoch === top?.epoch && at?.tag === top?.tag
    }),
  )
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

async function judge(world: World): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const room of world.rooms) {
    const topic = world.topicOf(room)
    const oldest = await world.store.oldestOf(topic)
    const top = world.topOf(room)
    // Reading its oldest entry has made the topic known.
    if (top === undefined) continue
    const accepted = world.store.acceptedOf(topic)
    const epochs = world.store.epochsOf(topic)
    const consumers = world.clients.flatMap((client) => client.consumers).filter((consumer) => consumer.room === room)
    findings.push(
      ...checkHistory(
        { topic, accepted, epochs, top, oldest },
        consumers.map(({ recorder }) => recorder),
      ),
    )
    const report = (kind: Finding['kind'], subscriber: string, message: string): void => {
      findings.push({ kind, severity: 'violation', topic, subscriber, at: 0, message })
    }
    for (const { handle, recorder } of consumers) {
      if (handle === undefined || recorder.status === 'live') continue
      report('not-converged', recorder.subscriber, `it is ${recorder.status} in the end`)
    }
    for (const { id, position } of world.confirmed.filter((confirmed) => confirmed.room === room)) {
      const isAccepted = accepted.some(
        (entry) => entry.id === id && entry.tag === position?.tag && entry.epoch === position.epoch,
      )
      if (!isAccepted) report('not-in-history', 'a publisher', `${id} was confirmed and is not in the history`)
    }
    world.counts.set('accepted', (world.counts.get('accepted') ?? 0) + accepted.length)
    for (const { recorder } of consumers) {
      const seen = recorder.sightings.filter(({ kind }) => kind === 'event').length
      world.counts.set('seen', (world.counts.get('seen') ?? 0) + seen)
    }
  }
  return findings
}

/**
 * What happens in a run, drawn from its seed: values only, so that a schedule can be printed, replayed and shortened.
 *
 * Rule: indexes count modulo what there is, so a step makes sense whatever became of the steps before it.
 */
import { createRandom, type Random } from '@trunkline/testkit'
import { type CallDraw, drawCall, drawStream, type StreamDraw } from './draw-calls.js'
import type { RoomKind } from './sim-api.js'
import type { LinkFaults } from './sim-broker.js'
import type { WorldConfig } from './world.js'

/** One step. `waitMs` passes after it. */
export type Step = StepKind & { readonly waitMs: number }

type StepKind =
  | {
      readonly kind: 'publish'
      readonly via: 'node' | 'outside' | 'client'
      readonly who: number
      readonly room: number
      readonly count: number
      readonly size: number
      /** Not kept; on a log from a server only. */
      readonly isEphemeral: boolean
      readonly hasBytes: boolean
    }
  | {
      readonly kind: 'subscribe'
      readonly client: number
      readonly room: number
      readonly since: 'now' | 'start' | number
    }
  | { readonly kind: 'show'; readonly client: number; readonly room: number; readonly n: number }
  | {
      readonly kind: 'show-briefly'
      readonly client: number
      readonly room: number
      readonly n: number
      readonly revertAfterMs: number
    }
  | { readonly kind: 'leave' | 'watch' | 'expel' | 'admit'; readonly client: number; readonly room: number }
  | { readonly kind: 'unsubscribe' | 'end-stream'; readonly client: number; readonly which: number }
  | { readonly kind: 'call'; readonly client: number; readonly calls: readonly CallDraw[] }
  | { readonly kind: 'stream'; readonly client: number; readonly draw: StreamDraw }
  | { readonly kind: 'sleep'; readonly client: number; readonly ms: number }
  | { readonly kind: 'goodbye'; readonly client: number; readonly ms: number; readonly calls: readonly CallDraw[] }
  | { readonly kind: 'shut-door' | 'slow-door'; readonly node: number; readonly ms: number }
  | { readonly kind: 'reload' | 'reconnect' | 'drop' | 'half-open' | 'mend-socket'; readonly client: number }
  | {
      readonly kind: 'cut-after'
      readonly client: number
      readonly messages: number
      readonly direction: 'toServer' | 'toClient'
    }
  | { readonly kind: 'stall'; readonly client: number; readonly direction: 'toServer' | 'toClient' }
  | { readonly kind: 'fill'; readonly client: number }
  | { readonly kind: 'kill' | 'stop' | 'start'; readonly node: number }
  | { readonly kind: 'crash'; readonly downMs: number }
  | { readonly kind: 'lose-tail'; readonly room: number; readonly count: number }
  | { readonly kind: 'spoil-link'; readonly node: number; readonly faults: Partial<LinkFaults> }
  | { readonly kind: 'mend-link'; readonly node: number }

/** A whole run. */
export interface Schedule {
  readonly seed: number
  /** Seeds what is random while it runs. */
  readonly runSeed: number
  readonly config: WorldConfig
  readonly steps: readonly Step[]
}

/** Draws the schedule of a seed. */
export function drawSchedule(seed: number): Schedule {
  const random = createRandom(seed)
  const runSeed = random.int(0, 0xffff_ffff)
  const config: WorldConfig = {
    nodes: random.int(1, 2),
    clients: random.int(1, 3),
    rooms: Array.from({ length: random.int(1, 2) }, () => random.pick(ROOM_KINDS)),
    retainEvents: random.chance(0.6) ? 1_000 : random.int(2, 8),
    retainAgeMs: random.chance(0.85) ? 3_600_000 : random.int(2_000, 6_000),
    latencyMs: random.pick([0, 1, 5, 20, 60]),
    highWaterBytes: random.pick([300, 2_000, 131_072]),
    maxCalls: random.pick([32, 256]),
    clockStopsInSleep: random.chance(0.5),
    throttlePerSecond: random.pick([undefined, undefined, 2, 10]),
    hasTwoTabs: random.chance(0.25),
    acts: random.pick([0, 0, 0.02, 0.1]),
  }
  const steps: Step[] = [{ kind: 'subscribe', client: 0, room: 0, since: 'start', waitMs: random.int(0, 200) }]
  if (random.chance(0.6)) {
    steps.push({ kind: 'watch', client: 0, room: 0, waitMs: 0 })
    steps.push({ kind: 'show', client: index(random), room: 0, n: 0, waitMs: random.int(0, 500) })
  }
  const count = random.int(6, 26)
  // Which troubles there are at all: a run with one of them for itself finds other faults than a run with all of them.
  const isOfSessions = random.chance(0.25)
  const troubles = (isOfSessions ? SESSION_TROUBLES : TROUBLES).filter(() => random.chance(isOfSessions ? 0.7 : 0.45))
  const work = isOfSessions ? SESSION_WORK : WORK
  while (steps.length < count) {
    const draw = random.chance(isOfSessions ? 0.4 : 0.6) || troubles.length === 0 ? work : troubles
    const step = random.pick(draw)(random)
    steps.push({ ...step, waitMs: step.kind === 'sleep' && random.chance(0.6) ? step.ms + 100 : drawWait(random) })
  }
  return { seed, runSeed, config, steps }
}

/** A log is what promises most, and is drawn most. */
const ROOM_KINDS: readonly RoomKind[] = ['log', 'log', 'log', 'log', 'list', 'list', 'table', 'table', 'wave']

/** The longest outlives what a server remembers of a call. */
const SLEEPS_MS: readonly number[] = [500, 3_000, 3_000, 10_000, 10_000, 40_000, 40_000, 700_000]

type Draw = (random: Random) => StepKind

function drawWait(random: Random): number {
  return random.chance(0.3) ? 0 : random.chance(0.85) ? random.int(1, 300) : random.int(300, 5_000)
}

const index = (random: Random): number => random.int(0, 5)
const drawDirection = (random: Random): 'toServer' | 'toClient' => random.pick(['toServer', 'toClient'])

const publish: Draw = (random) => ({
  kind: 'publish',
  via: random.pick(['node', 'node', 'outside', 'client']),
  who: index(random),
  room: index(random),
  count: random.chance(0.03) ? 150 : random.int(1, 6),
  size: random.chance(0.85) ? 0 : random.int(100, 3_000),
  isEphemeral: random.chance(0.1),
  hasBytes: random.chance(0.1),
})

const subscribe: Draw = (random) => ({
  kind: 'subscribe',
  client: index(random),
  room: index(random),
  since: random.pick(['now', 'now', 'start', random.int(0, 5)]),
})

const attend: Draw = (random) => {
  const [client, room] = [index(random), index(random)]
  const kind = random.pick(['show', 'show', 'show-briefly', 'watch', 'watch', 'leave'] as const)
  if (kind === 'show') return { kind, client, room, n: random.int(1, 99) }
  if (kind === 'show-briefly')
    return { kind, client, room, n: -random.int(1, 99), revertAfterMs: random.int(50, 4_000) }
  return { kind, client, room }
}

const call: Draw = (random) => ({
  kind: 'call',
  client: index(random),
  calls: Array.from({ length: random.chance(0.03) ? 40 : random.int(1, 4) }, () => drawCall(random)),
})

const stream: Draw = (random) =>
  random.chance(0.8)
    ? { kind: 'stream', client: index(random), draw: drawStream(random) }
    : { kind: 'end-stream', client: index(random), which: index(random) }

const WORK: readonly Draw[] = [
  publish,
  publish,
  publish,
  publish,
  subscribe,
  subscribe,
  attend,
  attend,
  call,
  call,
  call,
  stream,
  stream,
  (random) => ({ kind: 'unsubscribe', client: index(random), which: index(random) }),
]

/** It comes back with something to ask. */
const goodbye: Draw = (random) => ({
  kind: 'goodbye',
  client: index(random),
  ms: random.pick([0, 0, 50, 1_000]),
  calls: Array.from({ length: random.int(0, 2) }, () => drawCall(random)),
})

const drop: Draw = (random) => ({ kind: 'drop', client: index(random) })
const halfOpen: Draw = (random) => ({ kind: 'half-open', client: index(random) })
const kill: Draw = (random) => ({ kind: random.pick(['kill', 'start', 'start']), node: index(random) })
const shutDoor: Draw = (random) => ({ kind: 'shut-door', node: index(random), ms: random.pick([100, 1_000, 4_000]) })

/** So much that a side lets go of what a resumed session would need. */
const flood: Draw = (random) => ({
  kind: 'call',
  client: index(random),
  calls: Array.from({ length: random.int(3, 5) }, () => ({ ...drawCall(random), inputSize: 100_000 })),
})

const stall: Draw = (random) => ({ kind: 'stall', client: index(random), direction: drawDirection(random) })

/** What sessions are lost by, and what is made in them. */
const SESSION_TROUBLES: readonly Draw[] = [drop, drop, halfOpen, kill, kill, goodbye, goodbye, shutDoor, stall]
const SESSION_WORK: readonly Draw[] = [call, call, call, call, stream, flood]

const TROUBLES: readonly Draw[] = [
  drop,
  (random) => ({ kind: random.pick(['reload', 'reconnect']), client: index(random) }),
  halfOpen,
  (random) => ({
    kind: 'cut-after',
    client: index(random),
    messages: random.int(1, 5),
    direction: drawDirection(random),
  }),
  (random) => (random.chance(0.6) ? stall(random) : { kind: 'mend-socket', client: index(random) }),
  (random) =>
    random.chance(0.6) ? { kind: 'fill', client: index(random) } : { kind: 'mend-socket', client: index(random) },
  kill,
  (random) => ({ kind: random.pick(['stop', 'start', 'start']), node: index(random) }),
  (random) => ({ kind: 'crash', downMs: random.pick([0, 50, 400, 3_000]) }),
  (random) => ({ kind: 'lose-tail', room: index(random), count: random.int(1, 4) }),
  (random) => ({ kind: 'sleep', client: index(random), ms: random.pick(SLEEPS_MS) }),
  goodbye,
  shutDoor,
  (random) => ({ kind: 'slow-door', node: index(random), ms: random.pick([50, 500, 4_500]) }),
  (random) => drawLink(random, { deaf: 1 }),
  (random) => drawLink(random, { deaf: 0.3, repeats: 0.3 }),
  (random) => drawLink(random, { slowMs: random.pick([5, 100, 1_000]) }),
  (random) => drawLink(random, { fails: random.pick([0.2, 0.6, 1]) }),
  (random) => drawLink(random, { hangs: 0.3 }),
  (random) => drawLink(random, { short: random.pick([0.3, 1]) }),
  (random) => ({ kind: random.pick(['expel', 'expel', 'admit']), client: index(random), room: index(random) }),
]

function drawLink(random: Random, faults: Partial<LinkFaults>): StepKind {
  const node = index(random)
  return random.chance(0.6) ? { kind: 'spoil-link', node, faults } : { kind: 'mend-link', node }
}

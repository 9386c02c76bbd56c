/**
 * A client with the consumers of an app: it subscribes, publishes, reloads its page, and its network fails.
 *
 * Rule: an app that is told `closed` asks again behind the last event that it saw.
 */
import { createClient } from '@trunkline/client'
import type { Gap, Position, Since, Transport } from '@trunkline/core'
import {
  createRecorder,
  createSnapshotRecorder,
  type Recorder,
  type SnapshotRecorder,
  type TransportPair,
} from '@trunkline/testkit'
import { type CallDraw, drawCall } from './draw-calls.js'
import { intercept } from './intercept.js'
import type { Pad, RoomKind, SimApi } from './sim-api.js'
import { type CallingPage, type Opening, SimCalls } from './sim-calls.js'
import { SimPresence } from './sim-presence.js'
import { SimStreams } from './sim-streams.js'
import { SleepyClock } from './sleepy-clock.js'
import type { World } from './world.js'

/** Until an app asks again after its subscription was closed, in milliseconds. */
const RETRY_MS = 300

/** What an app does inside its callbacks. */
const ACTS = [
  'subscribe',
  'subscribe',
  'unsubscribe',
  'publish',
  'call',
  'end-stream',
  'reconnect',
  'drop',
  'throw',
] as const

/** What callbacks throw on purpose. */
const THROWN = new Error('thrown by the app')

type ApiClient = ReturnType<typeof createClient<SimApi['router']>>
interface SimEvent {
  readonly id: string
  readonly pad: Pad
  readonly key: string
}
/** What is told about a place, of whatever kind. */
type Told = Parameters<Recorder<SimEvent>['callbacks']['onEvent']>[1]

/** One consumer of one room, through all its lives. */
interface Consumer {
  readonly room: string
  readonly kind: RoomKind
  readonly recorder: Recorder<SimEvent> | SnapshotRecorder<SimEvent, readonly string[]>
  handle: { unsubscribe(): void } | undefined
  /** Asked for anew with this when there is no position yet. */
  since: Since
}

export class SimClient {
  readonly name: string
  readonly identity: string
  readonly consumers: Consumer[] = []
  /** Sockets that this client made, newest last. */
  readonly pairs: TransportPair[] = []
  readonly presence: SimPresence
  readonly calls: SimCalls
  readonly streams: SimStreams
  /** The sessions of all its pages. */
  readonly openings: Opening[] = []
  readonly clock: SleepyClock
  hasSlept = false
  readonly #world: World
  #client: ApiClient
  #session = ''
  #cancelWaking: () => void = () => {}
  #published = 0
  #subscribed = 0
  #isReloading = false
  #isActing = false

  constructor(name: string, identity: string, world: World) {
    this.name = name
    this.identity = identity
    this.#world = world
    this.clock = new SleepyClock(world.clock, world.clockStopsInSleep)
    this.#client = this.#open()
    this.presence = new SimPresence(name, world, this.clock, (room) => this.#client.api[world.kindOf(room)])
    const { openings, clock } = this
    const api = (): ApiClient['api'] => this.#client.api
    const page: CallingPage = {
      name,
      identity,
      openings,
      get api() {
        return api()
      },
      now: () => clock.now(),
      state: () => this.connection.status.state,
      later: (action, ms) => void clock.schedule(action, ms),
    }
    this.calls = new SimCalls(page, world)
    this.streams = new SimStreams(page, world, (where) => this.#act(where))
  }

  get connection(): ApiClient['connection'] {
    return this.#client.connection
  }

  subscribe(room: string, since: Since): void {
    const name = `${this.name}/${++this.#subscribed}`
    const kind = this.#world.kindOf(room)
    const topOf = kind === 'wave' ? undefined : () => this.#world.topOf(room)
    const options = { idOf: ({ id }: SimEvent) => id, isEphemeral: isWave, topOf }
    const recorder =
      kind === 'list'
        ? createSnapshotRecorder<SimEvent, readonly string[]>(name, {
            ...options,
            partsOf: (ids) => ids.map((id) => [id, id]),
          })
        : createRecorder<SimEvent>(name, options)
    const consumer: Consumer = { room, kind, recorder, handle: undefined, since: kind === 'log' ? since : 'now' }
    this.consumers.push(consumer)
    this.#start(consumer, consumer.since)
  }

  unsubscribe(index: number): void {
    const active = this.consumers.filter(({ handle }) => handle !== undefined)
    const consumer = active[index % Math.max(1, active.length)]
    if (consumer !== undefined) this.#end(consumer)
  }

  /** The page is loaded anew: another client, and each consumer goes on behind what it had seen. */
  reload(): void {
    const active = this.consumers.filter(({ handle }) => handle !== undefined)
    for (const consumer of active) this.#end(consumer)
    this.presence.end()
    this.streams.goodbye()
    this.#isReloading = true
    this.connection.close()
    this.#isReloading = false
    this.#client = this.#open()
    this.presence.start()
    for (const consumer of active) this.#start(consumer, this.#resumeFrom(consumer))
  }

  /** Leaves on purpose, and comes back after a while. */
  goodbye(awayMs: number, calls: readonly CallDraw[]): void {
    this.streams.goodbye()
    this.#isReloading = true
    this.connection.close()
    this.#isReloading = false
    this.clock.schedule(() => this.comeBack(calls), awayMs)
  }

  /** Connects again, and asks something before it is connected. */
  comeBack(calls: readonly CallDraw[] = []): void {
    if (this.connection.status.state !== 'closed' || this.#world.isClosing) return
    // It may be closed again before that.
    this.connection.connect().catch(() => {})
    for (const call of calls) this.calls.make(call)
  }

  /** The machine sleeps: of its network nobody tells it anything meanwhile. */
  sleep(ms: number): void {
    this.hasSlept = true
    this.clock.sleep()
    this.#cancelWaking()
    this.#cancelWaking = this.#world.clock.schedule(() => this.wake(), ms)
  }

  wake(): void {
    this.#cancelWaking()
    this.clock.wake()
  }

  /** What publishes under a key, now or again; with the id under which the broker will know the event. */
  publisher(room: string, pad: Pad, key: string): { id: string; publish(): Promise<Position | undefined> } {
    const publishKey = `${this.name}-${++this.#published}`
    const id = `${this.identity.length}:${this.identity}:${publishKey}`
    const kind = this.#world.kindOf(room)
    return {
      id,
      publish: () => {
        const topic = this.#client.api[kind === 'list' ? 'log' : kind]
        return topic.publish({ room }, { id, pad, key }, { key: publishKey })
      },
    }
  }

  /** What an app may do inside a callback, between two steps of the client. */
  #act(where: string): void {
    const { random, rooms } = this.#world
    if (!this.#world.actsInCallback(where)) return
    this.#world.count(`acted in ${where}`)
    const room = random.pick(rooms)
    const act = random.pick(ACTS)
    this.#world.note(`${this.name} does this within ${where}: ${act}`)
    const wasActing = this.#isActing
    this.#isActing = true
    try {
      this.#actOnce(act, room)
    } finally {
      this.#isActing = wasActing
    }
  }

  #actOnce(act: (typeof ACTS)[number], room: string): void {
    const { random } = this.#world
    if (act === 'subscribe') this.subscribe(room, random.pick(['now', 'start', { last: random.int(0, 5) }]))
    else if (act === 'unsubscribe') this.unsubscribe(random.int(0, 5))
    else if (act === 'publish' && this.#world.kindOf(room) === 'log') this.#world.publishFrom(this, room, 0)
    else if (act === 'call') this.calls.make(drawCall(random))
    else if (act === 'end-stream') this.streams.end(random.int(0, 5))
    // Not of a page that is being left: its client would open again, and nobody would close it.
    else if (act === 'reconnect' && !this.#isReloading) this.connection.reconnect()
    else if (act === 'drop') this.pair?.drop()
    else if (act === 'throw') throw THROWN
  }

  /** The socket that is used now. */
  get pair(): TransportPair | undefined {
    return this.pairs.at(-1)
  }

  #open(): ApiClient {
    const { random } = this.#world
    const clock = this.#world.sabotage.spoilClock?.(this.clock) ?? this.clock
    const client = createClient<SimApi['router']>({
      url: 'ws://simulated',
      auth: () => this.identity,
      transport: () => this.#connect(),
      clock,
      random: () => random.next(),
      reconnect: { baseMs: 100, capMs: 1_000 },
      timeoutMs: 20_000,
    })
    client.connection.on('listener-failed', ({ error }) => {
      if (error !== THROWN) this.#world.leaks.push(`a callback that failed: ${String(error)}`)
    })
    return client
  }

  #connect(): Transport {
    const pair = this.#world.connect()
    this.pairs.push(pair)
    const socket = this.#listen(this.clock.attend(pair.client), pair)
    return this.#world.sabotage.spoilSocket?.(socket) ?? socket
  }

  /** Writes down which sessions there are. */
  #listen(socket: Transport, pair: TransportPair): Transport {
    const process = this.#world.processOf(pair)
    const note = (session: string | undefined): void => {
      if (session === undefined) return
      this.openings.push({ process, isNew: session !== this.#session })
      this.#session = session
    }
    return intercept(socket, {
      in: (text) => {
        note(/"welcome":"([^"]*)"/.exec(text)?.[1])
        return text
      },
      out: (text) => {
        note(/"hello":"[^"]*","session":"([^"]*)"/.exec(text)?.[1])
        return text
      },
    })
  }

  #start(consumer: Consumer, since: Since): void {
    const { room, recorder } = consumer
    // What a node has not heard yet is new to it, and to who asks it for what is new.
    const isAlone = this.consumers.every((other) => other === consumer || other.room !== room || !other.handle)
    // Within a callback it may take over what another one left in this turn, where that one was in the history.
    const isExact =
      consumer.kind === 'log' &&
      isAlone &&
      !this.#isActing &&
      this.#world.brokers.every(({ wasAlwaysWell }) => wasAlwaysWell)
    recorder.started(since, isExact ? this.#world.topOf(room) : undefined)
    this.#world.note(`${recorder.subscriber} subscribes to ${room} since ${JSON.stringify(since)}`)
    const { onEvent, onStatus } = recorder.callbacks
    const isCurrent = (): boolean => consumer.handle === handle
    // Assigned before the first callback: a client that is closed says so within `subscribe`.
    let handle: { unsubscribe(): void } = { unsubscribe: () => {} }
    consumer.handle = handle
    const callbacks = {
      onEvent: (event: SimEvent, place: Told) => {
        this.#world.note(`${recorder.subscriber} sees ${JSON.stringify(place)} ${event.id}`)
        onEvent(event, place)
        this.#act('onEvent')
      },
      onStatus: (status: string, error?: { readonly code: string }) => {
        this.#world.note(`${recorder.subscriber} is ${status} ${error?.code ?? ''}`)
        this.#world.count(status)
        onStatus(status)
        if (status === 'closed' && isCurrent() && !this.#world.isClosing) this.#retry(consumer, error?.code)
        this.#act('onStatus')
      },
    }
    const subscription = this.#subscribe(consumer, since, callbacks)
    // Over already, by what was done within its first callback.
    if (!isCurrent()) return subscription.unsubscribe()
    handle = subscription
    consumer.handle = handle
  }

  #subscribe(
    { room, kind, recorder }: Consumer,
    since: Since,
    callbacks: Pick<Recorder<SimEvent>['callbacks'], 'onEvent' | 'onStatus'>,
  ): { unsubscribe(): void } {
    const { api } = this.#client
    if (kind === 'wave') return api.wave.subscribe({ room }, callbacks)
    const told = recorder.callbacks
    if ('onSnapshot' in told) {
      return api.list.subscribe(
        { room },
        {
          ...callbacks,
          onSnapshot: (ids, place) => {
            this.#world.note(`${recorder.subscriber} is given ${ids.length} ids at ${place.position.offset}`)
            this.#world.count('snapshot')
            told.onSnapshot(ids, place)
            this.#act('onSnapshot')
          },
        },
      )
    }
    const onGap = (gap: Gap): void => {
      this.#world.note(`${recorder.subscriber} is told ${JSON.stringify(gap)}`)
      this.#world.count(`gap ${gap.reason}`)
      told.onGap(gap)
      this.#act('onGap')
    }
    if (kind === 'table') return api.table.subscribe({ room }, { ...callbacks, onGap })
    return api.log.subscribe({ room }, { ...callbacks, since, onGap })
  }

  #retry(consumer: Consumer, code: string | undefined): void {
    consumer.recorder.ended()
    const waiting = { unsubscribe: () => {} }
    consumer.handle = waiting
    this.#world.count(`closed by ${code}`)
    this.clock.schedule(() => {
      if (consumer.handle === waiting) this.#start(consumer, this.#resumeFrom(consumer))
    }, RETRY_MS)
  }

  #end(consumer: Consumer): void {
    const { handle, recorder } = consumer
    consumer.handle = undefined
    handle?.unsubscribe()
    recorder.ended()
  }

  /** As an app that stored the position as JSON. What has a state begins without one, and so anew. */
  #resumeFrom({ kind, recorder, since }: Consumer): Since {
    if (kind !== 'log') return since
    return recorder.position === undefined ? since : (JSON.parse(JSON.stringify(recorder.position)) as Position)
  }
}

/** Ephemeral events are named so. */
function isWave({ id }: SimEvent): boolean {
  return id.startsWith('wave')
}

/**
 * A client with the consumers of an app: it subscribes, publishes, reloads its page, and its network fails.
 *
 * Rule: an app that is told `closed` asks again behind the last event that it saw.
 */
import { createClient } from '@trunkline/client'
import type { Position, Since, Transport } from '@trunkline/core'
import { createRecorder, type Recorder, type TransportPair } from '@trunkline/testkit'
import type { SimApi } from './sim-api.js'
import type { World } from './world.js'

/** Until an app asks again after its subscription was closed, in milliseconds. */
const RETRY_MS = 300

type ApiClient = ReturnType<typeof createClient<SimApi['router']>>
interface SimEvent {
  readonly id: string
  readonly pad: string
}

/** One consumer of one room, through all its lives. */
interface Consumer {
  readonly room: string
  readonly recorder: Recorder<SimEvent>
  handle: { unsubscribe(): void } | undefined
  /** Asked for anew with this when there is no position yet. */
  since: Since
}

export class SimClient {
  readonly name: string
  readonly consumers: Consumer[] = []
  /** Sockets that this client made, newest last. */
  readonly pairs: TransportPair[] = []
  readonly #world: World
  #client: ApiClient
  #published = 0
  #subscribed = 0

  constructor(name: string, world: World) {
    this.name = name
    this.#world = world
    this.#client = this.#open()
  }

  get connection(): ApiClient['connection'] {
    return this.#client.connection
  }

  subscribe(room: string, since: Since): void {
    const name = `${this.name}/${++this.#subscribed}`
    const recorder = createRecorder<SimEvent>(name, {
      idOf: (event) => event.id,
      topOf: () => this.#world.topOf(room),
    })
    const consumer: Consumer = { room, recorder, handle: undefined, since }
    this.consumers.push(consumer)
    this.#start(consumer, since)
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
    this.connection.close()
    this.#client = this.#open()
    for (const consumer of active) this.#start(consumer, this.#resumeFrom(consumer))
  }

  /** Publishes under a key; gives the id under which the broker will know the event. */
  publish(room: string, pad: string): { id: string; published: Promise<Position | undefined> } {
    const key = `k${++this.#published}`
    const id = `${this.name}:${key}`
    return { id, published: this.#client.api.room.publish({ room }, { id, pad }, { key }) }
  }

  /** The socket that is used now. */
  get pair(): TransportPair | undefined {
    return this.pairs.at(-1)
  }

  #open(): ApiClient {
    const { clock, random } = this.#world
    return createClient<SimApi['router']>({
      url: 'ws://simulated',
      auth: () => this.name,
      transport: () => this.#connect(),
      clock,
      random: () => random.next(),
      reconnect: { baseMs: 100, capMs: 1_000 },
      timeoutMs: 20_000,
    })
  }

  #connect(): Transport {
    const pair = this.#world.connect()
    this.pairs.push(pair)
    return this.#world.sabotage.spoilSocket?.(pair.client) ?? pair.client
  }

  #start(consumer: Consumer, since: Since): void {
    const { room, recorder } = consumer
    // What a node has not heard yet is new to it, and to who asks it for what is new.
    const isAlone = this.consumers.every((other) => other === consumer || other.room !== room || !other.handle)
    const isExact = isAlone && this.#world.brokers.every(({ wasAlwaysWell }) => wasAlwaysWell)
    recorder.started(since, isExact ? this.#world.topOf(room) : undefined)
    this.#world.note(`${recorder.subscriber} subscribes to ${room} since ${JSON.stringify(since)}`)
    const { onEvent, onGap, onStatus } = recorder.callbacks
    const isCurrent = (): boolean => consumer.handle === handle
    // Assigned before the first callback: a client that is closed says so within `subscribe`.
    let handle: { unsubscribe(): void } = { unsubscribe: () => {} }
    consumer.handle = handle
    const subscription = this.#client.api.room.subscribe(
      { room },
      {
        since,
        onEvent: (event, place) => {
          this.#world.note(`${recorder.subscriber} sees ${place.offset} ${event.id}`)
          onEvent(event, place)
        },
        onGap: (gap) => {
          this.#world.note(`${recorder.subscriber} is told ${JSON.stringify(gap)}`)
          this.#world.count(`gap ${gap.reason}`)
          onGap(gap)
        },
        onStatus: (status, error) => {
          this.#world.note(`${recorder.subscriber} is ${status} ${error?.code ?? ''}`)
          this.#world.count(status)
          onStatus(status)
          if (status === 'closed' && isCurrent() && !this.#world.isClosing) this.#retry(consumer, error?.code)
        },
      },
    )
    if (!isCurrent()) return
    handle = subscription
    consumer.handle = handle
  }

  #retry(consumer: Consumer, code: string | undefined): void {
    consumer.recorder.ended()
    const waiting = { unsubscribe: () => {} }
    consumer.handle = waiting
    this.#world.count(`closed by ${code}`)
    this.#world.clock.schedule(() => {
      if (consumer.handle === waiting) this.#start(consumer, this.#resumeFrom(consumer))
    }, RETRY_MS)
  }

  #end(consumer: Consumer): void {
    const { handle, recorder } = consumer
    consumer.handle = undefined
    handle?.unsubscribe()
    recorder.ended()
  }

  /** As an app that stored the position as JSON. */
  #resumeFrom({ recorder, since }: Consumer): Since {
    return recorder.position === undefined ? since : (JSON.parse(JSON.stringify(recorder.position)) as Position)
  }
}

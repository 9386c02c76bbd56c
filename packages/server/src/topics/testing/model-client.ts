/**
 * A client that checks every frame of its topic subscriptions, for tests, and writes down what it is told for the history
 * checker.
 *
 * Rule: it believes nothing. Each event must carry the offset after the last one and the tag that chains to it, each entry
 * of a table a later version; only a gap or a snapshot may move it anywhere else. What breaks that is recorded in `faults`
 * at once; the checker judges the whole in the end.
 */
import type { Gap, Position, PreparedMessage, Since } from '@trunkline/core'
import { decodeBinaryMessage } from '@trunkline/core/protocol'
import type { Sighting, SubscriberRecord } from '@trunkline/testkit'
import { chainTag } from '../chain-tag.js'
import type { TopicSubscriber } from '../subscription.js'

type Frame = Record<string, unknown>

/** What the client knows of one subscription. */
export interface ModelSubscription {
  readonly as: number
  position: Position | undefined
  status: 'live' | 'catching-up'
  readonly events: { readonly offset: number | undefined; readonly id: string }[]
  readonly gaps: Gap[]
  /** Of a `latest` topic: id and version by key. */
  readonly table: Map<string, { readonly id: string; readonly version: number }>
  readonly snapshots: { readonly position: Position; readonly state: unknown }[]
}

export class ModelClient implements TopicSubscriber {
  /** Every frame in the order of arrival. */
  readonly frames: Frame[] = []
  /** Messages that were handed over as prepared ones. */
  readonly prepared: (PreparedMessage | Uint8Array)[] = []
  readonly subscriptions: Map<number, ModelSubscription> = new Map()
  readonly closed: Frame[] = []
  readonly faults: string[] = []
  /** What it was told, by the id of the `sub`; only of those that it was told of by `asks`. */
  readonly records: Map<number, SubscriberRecord & { readonly sightings: Sighting[] }> = new Map()
  /** Where events begin, told and not written down: a snapshot may take its place. */
  readonly #placed = new Map<number, Position>()
  /** Most bytes that ever waited in its socket. */
  maxBufferedBytes = 0
  #unread: string[] = []
  #unreadBytes = 0
  #isReading = true
  #writableCallbacks: (() => void)[] = []

  /** It subscribes; from here on what it is told is written down. */
  asks(id: number, since: Since, name: string): void {
    const record = this.records.get(id) ?? { subscriber: name, sightings: [] }
    this.records.set(id, record)
    record.sightings.push({ kind: 'started', since })
  }

  /** It left by itself. */
  ends(id: number): void {
    this.#note(id, { kind: 'ended' })
  }

  #note(id: number, sighting: Sighting): void {
    const record = this.records.get(id)
    const position = this.#placed.get(id)
    this.#placed.delete(id)
    if (position !== undefined && sighting.kind !== 'snapshot') record?.sightings.push({ kind: 'placed', position })
    record?.sightings.push(sighting)
  }

  get bufferedBytes(): number {
    return this.#unreadBytes
  }

  send(frame: string): void {
    this.#deliver(frame)
  }

  sendPrepared(message: PreparedMessage | Uint8Array): void {
    this.prepared.push(message)
    if (!(message instanceof Uint8Array)) return this.#deliver(message.text)
    this.#deliver(decodeBinaryMessage(message).header)
  }

  whenWritable(callback: () => void): void {
    this.#writableCallbacks.push(callback)
  }

  stopReading(): void {
    this.#isReading = false
  }

  /** Reads everything that waits, once. */
  readWaiting(): void {
    const unread = this.#unread
    this.#unread = []
    this.#unreadBytes = 0
    for (const text of unread) this.#read(text)
    const callbacks = this.#writableCallbacks
    this.#writableCallbacks = []
    for (const callback of callbacks) callback()
  }

  startReading(): void {
    this.#isReading = true
    this.readWaiting()
  }

  /** The subscription that was answered under the id of its `sub`. */
  subscription(id: number): ModelSubscription {
    const found = this.subscriptions.get(id)
    if (found === undefined) throw new Error(`sub ${id} was not answered`)
    return found
  }

  /** Ids of the events that arrived for a subscription. */
  ids(id = 1): string[] {
    return this.subscription(id).events.map((event) => event.id)
  }

  #deliver(text: string): void {
    if (this.#isReading) return this.#read(text)
    this.#unread.push(text)
    this.#unreadBytes += text.length
    this.maxBufferedBytes = Math.max(this.maxBufferedBytes, this.#unreadBytes)
  }

  #read(text: string): void {
    const message = JSON.parse(text) as Frame | Frame[]
    for (const frame of Array.isArray(message) ? message : [message]) this.#take(frame)
  }

  #take(frame: Frame): void {
    this.frames.push(frame)
    if ('subbed' in frame) return this.#subbed(frame)
    if ('closed' in frame) {
      this.#note(Number(frame['closed']), { kind: 'ended' })
      return void this.closed.push(frame)
    }
    const number = Number(frame['event'] ?? frame['gap'] ?? frame['snapshot'] ?? frame['live'] ?? frame['behind'])
    for (const [id, subscription] of this.subscriptions) {
      if (subscription.as !== number) continue
      const sighting = sightingOf(frame, subscription.position?.epoch ?? '')
      if (sighting !== undefined) this.#note(id, sighting)
      this.#apply(subscription, frame)
    }
  }

  #subbed(frame: Frame): void {
    const gap = frame['gap'] as Gap | undefined
    const position = frame['position'] as Position | undefined
    if (gap !== undefined) this.#note(Number(frame['subbed']), { kind: 'gap', gap })
    else if (position !== undefined) this.#placed.set(Number(frame['subbed']), position)
    if (!('behind' in frame)) this.#note(Number(frame['subbed']), { kind: 'live' })
    this.subscriptions.set(frame['subbed'] as number, {
      as: frame['as'] as number,
      position,
      status: 'behind' in frame ? 'catching-up' : 'live',
      events: [],
      gaps: gap === undefined ? [] : [gap],
      table: new Map(),
      snapshots: [],
    })
  }

  #apply(subscription: ModelSubscription, frame: Frame): void {
    if ('event' in frame) return this.#event(subscription, frame)
    if ('gap' in frame) {
      const { reason, missed, position } = frame as unknown as Gap
      subscription.gaps.push(missed === undefined ? { reason, position } : { reason, missed, position })
      subscription.position = position
      subscription.table.clear()
      return
    }
    if ('snapshot' in frame) {
      subscription.position = frame['position'] as Position
      subscription.snapshots.push({ position: subscription.position, state: frame['data'] })
      return
    }
    const status = 'live' in frame ? 'live' : 'catching-up'
    if (subscription.status === status) this.faults.push(`was told ${status} twice`)
    subscription.status = status
  }

  #event(subscription: ModelSubscription, frame: Frame): void {
    const { id } = frame['data'] as { id: string }
    const offset = frame['offset'] as number | undefined
    subscription.events.push({ offset, id })
    if (offset === undefined) return
    const { position } = subscription
    if (position === undefined) return void this.faults.push(`event ${offset} has an offset, but no position was told`)
    if ('key' in frame) {
      if (offset <= position.offset) this.faults.push(`version ${offset} (${id}) came after ${position.offset}`)
      subscription.position = { ...position, offset }
      const key = String(frame['key'])
      if (frame['removed'] === true) subscription.table.delete(key)
      else subscription.table.set(key, { id, version: offset })
      return
    }
    const tag = String(frame['tag'])
    if (offset <= position.offset) this.faults.push(`event ${offset} (${id}) was repeated`)
    else if (offset > position.offset + 1)
      this.faults.push(`${position.offset + 1} to ${offset - 1} were skipped silently`)
    else if (tag !== chainTag(position.tag, id)) this.faults.push(`event ${offset} (${id}) is of another history`)
    subscription.position = { epoch: position.epoch, offset, tag }
  }
}

/** What a frame of a subscription tells; `epoch` is where the subscription is. */
function sightingOf(frame: Frame, epoch: string): Sighting | undefined {
  if ('behind' in frame) return undefined
  if ('live' in frame) return { kind: 'live' }
  // A gap's frame has the members of a gap.
  if ('gap' in frame) return { kind: 'gap', gap: frame as unknown as Gap }
  const data = frame['data'] as { id: string } | undefined
  if ('snapshot' in frame) {
    return { kind: 'snapshot', position: frame['position'] as Position, state: partsOf(data) }
  }
  const id = data?.id ?? ''
  const offset = frame['offset'] as number | undefined
  if (offset === undefined) return { kind: 'ephemeral', id }
  if ('key' in frame) return { kind: 'entry', key: String(frame['key']), id, version: offset }
  return { kind: 'event', id, position: { epoch, offset, tag: String(frame['tag']) } }
}

/** States of these tests are lists of the ids of events; of any other nothing is known. */
function partsOf(state: unknown): ReadonlyMap<string, string> | undefined {
  return Array.isArray(state) ? new Map(state.map((id) => [String(id), String(id)])) : undefined
}

/**
 * A client that checks every frame of its topic subscriptions, for tests.
 *
 * Rule: it believes nothing. Each event must carry the offset after the last one and the tag that chains to it, each entry
 * of a table a later version; only a gap or a snapshot may move it anywhere else. What breaks that is recorded in `faults`.
 */
import type { Gap, Position, PreparedMessage } from '@trunkline/core'
import { decodeBinaryMessage } from '@trunkline/core/protocol'
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
  /** Most bytes that ever waited in its socket. */
  maxBufferedBytes = 0
  #unread: string[] = []
  #unreadBytes = 0
  #isReading = true
  #writableCallbacks: (() => void)[] = []

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
    if ('closed' in frame) return void this.closed.push(frame)
    const number = Number(frame['event'] ?? frame['gap'] ?? frame['snapshot'] ?? frame['live'] ?? frame['behind'])
    for (const subscription of this.subscriptions.values()) {
      if (subscription.as === number) this.#apply(subscription, frame)
    }
  }

  #subbed(frame: Frame): void {
    const gap = frame['gap'] as Gap | undefined
    this.subscriptions.set(frame['subbed'] as number, {
      as: frame['as'] as number,
      position: frame['position'] as Position | undefined,
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
      subscription.table.set(String(frame['key']), { id, version: offset })
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

/**
 * Who is present on one topic, as one node shows it to those who watch.
 *
 * Not the store, which may be elsewhere: it is heard and, to be sure, read again. Rule: `#listed` is what every watcher
 * was told, at most 200 members, and each change of it is one frame with the next version, made once for all (P6.14).
 */
import { type Clock, PreparedMessage, type TrunklineError } from '@trunkline/core'
import {
  coalesce,
  MAX_LISTED_MEMBERS,
  writeLeft,
  writeListed,
  writeMember,
  writePresent,
  writeWatched,
} from '@trunkline/core/protocol'
import { askBroker } from '../topics/ask-broker.js'
import type { PresenceMember, PresenceStore } from '../topics/presence-store.js'
import type { TopicSubscriber } from '../topics/subscription.js'
import { Attendance } from './attendance.js'

/** Shortest time between two frames that tell only a count. */
const COUNT_INTERVAL_MS = 1_000

/** What a room needs. */
export interface PresenceRoomOptions {
  /** The topic's canonical key (P7.2). */
  readonly key: string
  /** The number under which this node tells of it. */
  readonly as: number
  readonly store: PresenceStore
  readonly clock: Clock
  /** Runs a callback once when connections have flushed their own frames of this turn (P6.10). */
  readonly endOfTurn: (callback: () => void) => void
  /** Bytes that may wait in a socket before it is told nothing more until it is empty. */
  readonly highWaterBytes: number
}

/** What a connection asks for. */
export interface WatchRequest {
  /** Id of the `watch` frame. */
  readonly id: number
  /** Asks again for the right to watch; see `SubscribeRequest.recheck`. */
  readonly recheck?: (() => Promise<void> | undefined) | undefined
  /** Called when it was refused or ended from here, after `closed` was sent; not after `unwatch` and `drop`. */
  readonly onClosed: (error: TrunklineError) => void
}

interface Watcher {
  readonly request: WatchRequest
  /** Its socket was full: it gets the list anew when it is empty. */
  isBehind: boolean
}

/** A change that was heard while the store was being read: what was read may be older. */
type Heard = PresenceMember | string

export class PresenceRoom {
  readonly watchers: Map<TopicSubscriber, Watcher> = new Map()
  readonly #options: PresenceRoomOptions
  readonly #attendance = new Attendance()
  /** Encoded states by identity: what the watchers have. */
  readonly #listed = new Map<string, string>()
  /** Identities whose state may differ from what is listed. */
  readonly #touched = new Set<string>()
  #heard: Heard[] | undefined
  #version = 0
  #toldCount = 0
  #countDueAt = 0
  #cancelCount: (() => void) | undefined
  #isScheduled = false
  #isOpen = false
  #isClosed = false
  #stop: (() => void) | undefined

  constructor(options: PresenceRoomOptions) {
    this.#options = options
  }

  get key(): string {
    return this.#options.key
  }

  /** Listens, reads, and answers who waits. @throws TrunklineError `BROKER_UNAVAILABLE`. */
  async open(): Promise<void> {
    const { store, clock, key } = this.#options
    const stop = await askBroker(clock, () =>
      store.watch(key, {
        onPut: (member) => this.#hear(member),
        onRemove: (joinId) => this.#hear(joinId),
      }),
    )
    if (this.#isClosed) return stop()
    this.#stop = stop
    await this.#read()
    this.#settle()
    this.#toldCount = this.#attendance.size
    this.#isOpen = true
    for (const [subscriber, watcher] of this.watchers) this.#tellAll(subscriber, watcher)
  }

  /** Reads the store again, in case that a change was not heard or a node died. Whoever opens it reads by itself. */
  async refresh(): Promise<void> {
    if (this.#isOpen && this.#heard === undefined) await this.#read()
  }

  async #read(): Promise<void> {
    if (this.#isClosed) return
    const heard: Heard[] = []
    this.#heard = heard
    try {
      const { store, clock, key } = this.#options
      const members = await askBroker(clock, () => store.read(key))
      this.#replace(members)
      for (const change of heard) this.#apply(change)
    } finally {
      this.#heard = undefined
    }
  }

  add(subscriber: TopicSubscriber, request: WatchRequest): void {
    const watcher: Watcher = { request, isBehind: false }
    this.watchers.set(subscriber, watcher)
    if (this.#isOpen) this.#tellAll(subscriber, watcher)
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.()
    this.#cancelCount?.()
    this.watchers.clear()
  }

  #hear(change: Heard): void {
    this.#heard?.push(change)
    this.#apply(change)
  }

  #apply(change: Heard): void {
    if (typeof change === 'string') return this.#remove(change)
    this.#attendance.put(change)
    this.#touch(change.identity)
  }

  #remove(joinId: string): void {
    const identity = this.#attendance.remove(joinId)
    if (identity !== undefined) this.#touch(identity)
  }

  #replace(members: readonly PresenceMember[]): void {
    const gone = new Set(this.#attendance.joinIds())
    for (const member of members) {
      gone.delete(member.joinId)
      if (!this.#attendance.has(member)) this.#apply(member)
    }
    for (const joinId of gone) this.#remove(joinId)
  }

  #touch(identity: string): void {
    this.#touched.add(identity)
    if (this.#isScheduled || !this.#isOpen) return
    this.#isScheduled = true
    this.#options.endOfTurn(this.#endTurn)
  }

  #endTurn = (): void => {
    this.#isScheduled = false
    if (!this.#isClosed) this.#flush()
  }

  /** Makes what is listed what is so, and gives the frames that say so. */
  #settle(): string[] {
    const { as } = this.#options
    const count = this.#attendance.size
    const frames: string[] = []
    for (const identity of this.#touched) {
      const before = this.#listed.get(identity)
      if (before === undefined) continue
      const shown = this.#attendance.shown(identity)
      if (shown === undefined) {
        this.#listed.delete(identity)
        frames.push(writeLeft(as, ++this.#version, count, identity))
      } else if (shown !== before) frames.push(this.#list(identity, shown))
    }
    this.#touched.clear()
    if (this.#listed.size < Math.min(MAX_LISTED_MEMBERS, count)) {
      for (const identity of this.#attendance.identities()) {
        if (this.#listed.size === MAX_LISTED_MEMBERS) break
        if (!this.#listed.has(identity)) frames.push(this.#list(identity, this.#attendance.shown(identity) ?? ''))
      }
    }
    return frames
  }

  #list(identity: string, payload: string): string {
    this.#listed.set(identity, payload)
    return writeMember(this.#options.as, ++this.#version, this.#attendance.size, identity, payload)
  }

  #flush(): void {
    const frames = this.#settle()
    if (frames.length === 0 && !this.#isCountDue()) return
    this.#toldCount = this.#attendance.size
    if (frames.length === 0) frames.push(writePresent(this.#options.as, ++this.#version, this.#toldCount))
    const messages: PreparedMessage[] = []
    // Frames of text make messages of text.
    coalesce(frames, (text) => messages.push(new PreparedMessage(text as string)))
    for (const [subscriber, watcher] of this.watchers) this.#tell(subscriber, watcher, messages)
  }

  /** Whether the count must be told now; one that must wait wakes this room when it is due. */
  #isCountDue(): boolean {
    if (this.#attendance.size === this.#toldCount) return false
    const { clock } = this.#options
    const now = clock.now()
    if (now >= this.#countDueAt) {
      this.#countDueAt = now + COUNT_INTERVAL_MS
      return true
    }
    this.#cancelCount ??= clock.schedule(() => {
      this.#cancelCount = undefined
      this.#endTurn()
    }, this.#countDueAt - now)
    return false
  }

  #tell(subscriber: TopicSubscriber, watcher: Watcher, messages: readonly PreparedMessage[]): void {
    if (watcher.isBehind) return
    if (subscriber.bufferedBytes <= this.#options.highWaterBytes) {
      for (const message of messages) subscriber.sendPrepared(message)
      return
    }
    watcher.isBehind = true
    subscriber.whenWritable(() => {
      watcher.isBehind = false
      if (this.watchers.get(subscriber) === watcher) this.#tellAll(subscriber, watcher)
    })
  }

  #tellAll(subscriber: TopicSubscriber, { request }: Watcher): void {
    const members = Array.from(this.#listed, ([identity, payload]) => writeListed(identity, payload))
    subscriber.send(writeWatched(request.id, this.#options.as, this.#version, this.#attendance.size, members))
  }
}

/**
 * A session: what outlives a connection (P4).
 *
 * Not a socket: it has one at a time, or none. It owns the running calls and the sequence of its frames.
 * Rule: every session frame goes through `send`, which numbers and keeps it, with or without a connection.
 */

import type { TrunklineError } from '@trunkline/core'
import { MAX_RETAINED_BYTES, SESSION_WINDOW_BYTES, writeCount, writeError } from '@trunkline/core/protocol'
import type { Call } from './call.js'
import type { LoadingCall } from './loading-call.js'
import type { Outbox } from './outbox.js'
import type { Join } from './presence/join.js'
import type { Services } from './services.js'
import { SessionSequence } from './session-sequence.js'
import type { Stream } from './stream.js'

/** What a session needs of the connection that it is on. */
export interface SessionSocket {
  readonly outbox: Outbox
  /** Closes the socket because another connection resumed its session. */
  replaced(): void
  /** Resumes the streams of its session once everything has left. */
  resumeWhenWritable(): void
}

/** What a session runs. */
type Running = Call | Stream | LoadingCall

const NOTHING: ReadonlyMap<number, never> = new Map<number, never>()

export class Session {
  readonly token: string
  readonly identity: string
  readonly services: Services
  readonly sequence: SessionSequence
  /** Made for the connection that the session is on. */
  ctx: unknown
  /** Moves when its rights may have changed: what was granted before is asked for again (P6.15). */
  rightsGeneration = 0
  /** The highest id that opened something (P2.11). */
  lastId = 0
  /** Slots in use: running calls, and running streams. */
  calls = 0
  streams = 0
  /** Joins and updates that are not answered. */
  presenceCalls = 0
  /** Size of the items of all streams that were sent and not taken (P5.5). */
  untakenBytes = 0
  /** When the socket was lost, in milliseconds since the Unix epoch; undefined while there is one. */
  detachedAt: number | undefined
  #socket: SessionSocket | undefined
  // Most sessions only listen: what they do not use takes no memory.
  #running: Map<number, Running> | undefined
  #joins: Map<number, Join> | undefined
  ended: boolean = false

  constructor(services: Services, token: string, identity: string, ctx: unknown) {
    this.services = services
    this.token = token
    this.identity = identity
    this.ctx = ctx
    this.sequence = new SessionSequence(services.clock.now())
  }

  get socket(): SessionSocket | undefined {
    return this.#socket
  }

  /** Calls and streams that have not settled, by id; a call that settled at once was never among them. */
  get running(): ReadonlyMap<number, Running> {
    return this.#running ?? NOTHING
  }

  /** What it joined, by the id of the `join` (P5.11). */
  get joins(): Map<number, Join> {
    this.#joins ??= new Map()
    return this.#joins
  }

  /** Streams and joins, which count against one limit with the topics of a connection. */
  get subscriptions(): number {
    return this.streams + (this.#joins?.size ?? 0)
  }

  /** Puts the session on a connection; one that it was on is detached in the same turn (P4.4). */
  attach(socket: SessionSocket, ctx: unknown): void {
    const older = this.#socket
    this.#socket = socket
    socket.outbox.sequence = this.sequence
    this.detachedAt = undefined
    this.ctx = ctx
    older?.replaced()
  }

  /** The socket is lost; calls go on, streams pause. */
  detach(socket: SessionSocket): void {
    if (this.#socket !== socket) return
    // What waited for the end of the turn will not leave through this socket.
    socket.outbox.settle()
    this.#socket = undefined
    this.detachedAt = this.services.clock.now()
  }

  /** Sends a session frame: numbers it, keeps it, and hands it to the socket if there is one. */
  send(frame: string | Uint8Array): void {
    if (this.ended) return
    this.sequence.count(frame.length)
    if (this.#socket !== undefined) this.#socket.outbox.pushSession(frame)
    else this.sequence.keep(frame, 1, frame.length)
  }

  /** Answers something that was refused before anything ran. */
  refuse(id: number | null, error: TrunklineError): void {
    this.send(writeError(id, error, ''))
  }

  /** The session frames after number `received`; undefined when one of them is not kept any more. */
  missedSince(received: number): (string | Uint8Array)[] | undefined {
    this.#socket?.outbox.settle()
    return this.sequence.after(received)
  }

  /** Tells the peer how much was received (P3.8). */
  acknowledge(): void {
    this.sequence.told(this.services.clock.now())
    this.#socket?.outbox.push(writeCount('ack', this.sequence.received))
  }

  /** Takes note of a call or stream that did not settle at once: it can be cancelled, and ends with the session. */
  add(id: number, entry: Running): void {
    this.#running ??= new Map()
    this.#running.set(id, entry)
    // Ended by its own handler, before it was here to be told.
    if (this.ended) entry.abandon()
  }

  /** The handler of a call has settled; most have before anything knew of them. */
  releaseCall(id: number): void {
    this.calls -= 1
    if (this.running.size > 0) this.#running?.delete(id)
  }

  /** A call waits for its router no more. */
  releaseLoading(id: number, slot: 'calls' | 'streams'): void {
    this[slot] -= 1
    this.#running?.delete(id)
  }

  /** The generator of a stream has settled. */
  releaseStream(stream: Stream): void {
    if (!this.#running?.delete(stream['~id'])) return
    this.streams -= 1
    this.untakenBytes -= stream['~untakenBytes']
  }

  /** Whether streams may pull at all: there is a socket below the high-water mark. One above it will resume them. */
  canPull(): boolean {
    if (this.#socket === undefined) return false
    if (this.#socket.outbox.bufferedBytes < this.services.limits.highWaterBytes) return true
    this.#socket.resumeWhenWritable()
    return false
  }

  /** Whether the session's window and the frames kept for resuming leave room for more than the item always allowed. */
  hasRoom(): boolean {
    return this.untakenBytes < SESSION_WINDOW_BYTES && this.sequence.retainedBytes < (MAX_RETAINED_BYTES * 3) / 4
  }

  /** Lets streams go on that waited for the socket or for acknowledgements. */
  resumeStreams(): void {
    if (this.streams === 0) return
    for (const entry of this.running.values()) if ('take' in entry) entry.resumePulling()
  }

  /** Ends the session: nobody can be answered any more. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.#socket = undefined
    this.detachedAt ??= this.services.clock.now()
    for (const entry of [...this.running.values()]) entry.abandon()
  }
}

/**
 * Events and counters of one server.
 *
 * Rule: nothing is made for an event that nobody listens to; counters are plain additions.
 */
import type { CloseReason } from '@trunkline/core'
import { EventEmitter } from 'eventemitter3'
import type { ServerEvents } from './server-event.js'

/** A snapshot of a server's counters; see `Server.metrics`. */
export interface Metrics {
  /** Sockets open now. */
  readonly connections: number
  /** Sessions alive now, with and without a socket. */
  readonly sessions: number
  /** Subscriptions now: of procedures, topics and their members. */
  readonly subscriptions: number
  /** Calls whose handlers have not settled, publishes, joins and updates that are not answered. */
  readonly calls: number
  /** Bytes waiting in all sockets now. */
  readonly bufferedBytes: number
  readonly handshakesRefused: number
  readonly authRefused: number
  readonly messagesReceived: number
  readonly framesReceived: number
  readonly framesRefused: number
  readonly callsStarted: number
  /** Calls, publishes, joins and subscriptions of topics or their members that ended with an error. */
  readonly callsFailed: number
  readonly handlersFailed: number
  readonly sessionsOpened: number
  readonly sessionsResumed: number
  readonly heartbeatsMissed: number
  readonly slowConsumers: number
  readonly throttled: number
  /** Gaps that subscribers were told of, counted once per topic and node. */
  readonly topicGaps: number
  /** Times a subscriber fell out of live delivery. */
  readonly topicBehind: number
  readonly brokerFailures: number
  /** Connections closed so far, by the close code of whoever closed first. */
  readonly closed: Readonly<Record<string, number>>
  /** What `callsFailed` counts, by error code. */
  readonly errors: Readonly<Record<string, number>>
}

/** The counters that only grow. */
export class Counters {
  handshakesRefused = 0
  authRefused = 0
  messagesReceived = 0
  framesReceived = 0
  framesRefused = 0
  callsStarted = 0
  callsFailed = 0
  handlersFailed = 0
  sessionsOpened = 0
  sessionsResumed = 0
  heartbeatsMissed = 0
  slowConsumers = 0
  throttled = 0
  topicGaps = 0
  topicBehind = 0
  brokerFailures = 0
}

export class Observer {
  readonly events: EventEmitter<ServerEvents> = new EventEmitter<ServerEvents>()
  readonly counters: Counters = new Counters()
  readonly closed: Map<number, number> = new Map()
  readonly errors: Map<string, number> = new Map()

  /** Whether making the event is worth it. */
  has(name: keyof ServerEvents): boolean {
    return this.events.listenerCount(name) > 0
  }

  /** Tells who listens. A listener that throws is reported and harms nobody: it must not take a connection down. */
  emit<$Name extends keyof ServerEvents>(name: $Name, event: ServerEvents[$Name][0]): void {
    try {
      // The event's type is the listener's by the signature above; eventemitter3 cannot relate the two for a generic name.
      this.events.emit(name, ...([event] as never))
    } catch (error) {
      console.error(`trunkline: a listener of '${name}' threw:`, error)
    }
  }

  handshakeRefused(reason: ServerEvents['handshake-refused'][0]['reason'], address: string): void {
    this.counters.handshakesRefused += 1
    if (this.has('handshake-refused')) this.emit('handshake-refused', { reason, address })
  }

  authRefused(connection: { id: number; address: string }, reason: CloseReason, error: unknown): void {
    this.counters.authRefused += 1
    if (!this.has('auth-refused')) return
    this.emit('auth-refused', { connection: connection.id, address: connection.address, reason, error })
  }

  countClosed(code: number): void {
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1)
  }

  callFailed(path: string, identity: string, code: string): void {
    this.counters.callsFailed += 1
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
    if (this.has('call-failed')) this.emit('call-failed', { path, identity, code })
  }

  /** Tells of an unknown failure. With no listener it goes to the console: it must not vanish. */
  handlerFailed(path: string, identity: string, correlationId: string, error: unknown): void {
    this.counters.handlersFailed += 1
    if (this.has('handler-failed')) {
      this.emit('handler-failed', { path, identity, correlationId, error })
    } else {
      console.error(`trunkline: ${path} failed (correlation id ${correlationId}):`, error)
    }
  }
}

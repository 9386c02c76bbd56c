/**
 * One connection: from bytes to frames, and the only place where a broken peer becomes a close code.
 *
 * Not a session (session.ts outlives it) and not a socket (transport). States: `opening` → `authenticating` → `open` →
 * `closed`. Rule: until `welcome` nothing behind `hello` is parsed; after `closed` nothing that arrives is acted on.
 * @see spec/PROTOCOL.md#3-opening-heartbeats-goodbye
 */
import type { IncomingMessage } from 'node:http'
import {
  CLOSE_CODES,
  type CloseReason,
  type PreparedMessage,
  type Transport,
  type TransportEvents,
  TrunklineError,
} from '@trunkline/core'
import {
  type ClientFrame,
  isClientSessionFrame,
  MAX_BAD_FRAMES,
  MAX_HELD_BYTES,
  MAX_HELD_MESSAGES,
  MessageError,
  parseClientFrame,
  readMessage,
  writeCount,
  writeStale,
  writeToken,
} from '@trunkline/core/protocol'
import { dispatch } from './dispatch.js'
import type { Authenticated, ConnectionInfo } from './options.js'
import { Outbox } from './outbox.js'
import { readHello } from './read-hello.js'
import type { Services } from './services.js'
import type { Session, SessionSocket } from './session.js'
import { TokenBucket } from './token-bucket.js'
import type { TopicSlot } from './topic-slot.js'
import type { TopicSubscriber } from './topics/subscription.js'
import { welcome } from './welcome.js'

/** A token is asked for so long before it expires, or when half of its life is over if that is later. */
const ASK_TOKEN_BEFORE_MS = 30_000

/** What a connection tells the server that owns it. */
export interface ConnectionOwner {
  authenticated(connection: Connection): void
  closed(connection: Connection, code: number, reason: string): void
}

export class Connection implements SessionSocket, TopicSubscriber, TransportEvents {
  readonly info: Omit<ConnectionInfo, 'request'>
  /** The request of the handshake; undefined once nobody can read it any more. */
  request: IncomingMessage | undefined
  readonly services: Services
  readonly outbox: Outbox
  state: 'opening' | 'authenticating' | 'open' | 'closed' = 'opening'
  session: Session | undefined
  /** What `authenticate` said, where a context may be made of it again. */
  auth: Authenticated | undefined
  /** When something was last received. */
  receivedAt: number
  /** When `ping` was sent without anything received since; undefined otherwise. */
  pingedAt: number | undefined
  readonly openedAt: number
  /** When the token expires, in milliseconds since the Unix epoch. */
  expiresAt: number | undefined
  /** When the client is asked for a new token, as `expiresAt`; undefined when it was asked, or the token does not expire. */
  askTokenAt: number | undefined
  /** Topic subscriptions and watches of this connection, by id. */
  readonly topics: Map<number, TopicSlot> = new Map()
  /** Those that were given up while the app still does something for them. */
  givenUpTopics = 0
  /** Set while the socket has been over the limit without getting emptier; see sweep.ts. */
  stuck: { since: number; bufferedBytes: number } | undefined
  readonly #transport: Transport
  readonly #owner: ConnectionOwner
  /** What came before `welcome`, or behind a message that found the socket too full. */
  #held: (string | Uint8Array)[] | undefined
  #heldBytes = 0
  #badFrames = 0
  #messages: TokenBucket
  #bytes: TokenBucket
  #writableCallbacks: (() => void)[] | undefined
  /** How this side ended it. What comes back says less: often no words, and 1006 where nothing comes. */
  #end: { readonly code: number; readonly reason: string } | undefined
  #checksWritable = false
  #messageLength = 0
  #paused = 0

  constructor(
    transport: Transport,
    { id, address, request }: ConnectionInfo,
    services: Services,
    owner: ConnectionOwner,
  ) {
    const now = services.clock.now()
    this.#transport = transport
    this.#owner = owner
    this.info = { id, address }
    this.request = request
    this.services = services
    this.outbox = new Outbox(transport, services.turn)
    this.openedAt = now
    this.receivedAt = now
    const { messagesPerSecond, bytesPerSecond } = services.limits
    this.#messages = new TokenBucket(messagesPerSecond, messagesPerSecond * 2, now)
    this.#bytes = new TokenBucket(bytesPerSecond, bytesPerSecond * 2, now)
    transport.attach(this)
  }

  /** Takes one WebSocket message. Never throws. */
  onMessage(message: string | Uint8Array): void {
    if (this.state === 'closed') return
    this.receivedAt = this.services.clock.now()
    this.pingedAt = undefined
    this.services.observer.counters.messagesReceived += 1
    if (this.state === 'open') this.#handle(message)
    else if (this.state === 'opening') this.#open(message)
    else this.#hold(message)
  }

  #open(message: string | Uint8Array): void {
    const frame = readHello(message)
    if (typeof frame === 'string') return this.close('BAD_MESSAGE', frame)
    this.state = 'authenticating'
    welcome(this, frame).catch((error: unknown) => {
      // welcome() answers every failure that a peer can cause; what is left is ours.
      this.services.observer.handlerFailed('hello', '', String(this.info.id), error)
      this.close('INTERNAL', 'The server failed.')
    })
  }

  #hold(message: string | Uint8Array): void {
    this.#held ??= []
    this.#held.push(message)
    this.#heldBytes += message.length
    // Counted as well: one of a single byte takes a hundred here.
    if (this.#heldBytes > MAX_HELD_BYTES || this.#held.length > MAX_HELD_MESSAGES) {
      this.close(
        'HELD_TOO_MUCH',
        `More than ${MAX_HELD_BYTES} bytes or ${MAX_HELD_MESSAGES} messages were sent before welcome.`,
      )
    }
  }

  /** The session is on this connection: what was held is handled now, in order. */
  opened(session: Session): void {
    this.state = 'open'
    this.session = session
    this.#owner.authenticated(this)
    if (!this.services.readsRequest) this.request = undefined
    if (this.services.hub.isStale) this.send(writeStale(true))
    this.#handleHeld()
  }

  #handleHeld(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) for (const message of held) this.#handle(message)
  }

  #handle(message: string | Uint8Array): void {
    if (this.state !== 'open') return
    if (this.#held !== undefined) {
      this.#held.push(message)
      return
    }
    if (this.bufferedBytes > this.services.limits.maxBufferedBytes && this.#stopReading(message)) return
    this.#messageLength = message.length
    try {
      // One of its own for each message: kept it would be memory of every connection that does nothing.
      readMessage(message, (element, bytes) => this.#take(element, bytes), this.services.codec.binary)
    } catch (error) {
      if (error instanceof MessageError) return this.close('BAD_MESSAGE', error.message)
      this.services.observer.handlerFailed('connection', this.session?.identity ?? '', String(this.info.id), error)
      return this.close('INTERNAL', 'The server failed.')
    }
    // Closed by what it said: it is read until it has said goodbye.
    if (this.state === 'open') this.#limitRate(message.length)
  }

  /** Handles one element of a message; false ends the message. */
  #take(element: unknown, bytes?: readonly Uint8Array[]): boolean {
    const session = this.session
    if (session === undefined || this.state !== 'open') return false
    const frame = parseClientFrame(element, bytes)
    this.services.observer.counters.framesReceived += 1
    if (isClientSessionFrame(frame)) {
      // The whole message counts with its first frame: only the sum matters.
      if (session.sequence.receive(this.#messageLength, this.receivedAt)) session.acknowledge()
      this.#messageLength = 0
    }
    if (frame.kind === 'bad') this.#refuse(session, frame)
    else dispatch(frame, this, session)
    return true
  }

  #refuse(session: Session, frame: ClientFrame & { kind: 'bad' }): void {
    this.#badFrames += 1
    session.refuse(frame.id, new TrunklineError(frame.code, frame.message))
    this.frameRefused(frame.code, frame.message)
    if (this.#badFrames >= MAX_BAD_FRAMES) this.close('BAD_MESSAGE', `${MAX_BAD_FRAMES} bad frames were sent.`)
  }

  /** Answers a frame that breaks the protocol although it is well formed; counts like a bad one (P2.9). */
  refuseFrame(id: number, message: string): void {
    if (this.session !== undefined) this.#refuse(this.session, { kind: 'bad', id, code: 'BAD_FRAME', message })
  }

  frameRefused(code: string, message: string): void {
    const { observer } = this.services
    observer.counters.framesRefused += 1
    if (!observer.has('frame-refused')) return
    observer.emit('frame-refused', {
      connection: this.info.id,
      identity: this.session?.identity ?? '',
      code,
      message,
    })
  }

  /** Over its rate a connection is read slower, so that nothing of a busy peer is refused or lost. */
  #limitRate(bytes: number): void {
    const waitMs = Math.max(this.#messages.take(1, this.receivedAt), this.#bytes.take(bytes, this.receivedAt))
    if (waitMs === 0 || this.#transport.setReading === undefined) return
    const { observer, clock } = this.services
    this.#pause()
    clock.schedule(() => this.#resume(), waitMs)
    observer.counters.throttled += 1
    if (observer.has('throttled')) {
      observer.emit('throttled', { connection: this.info.id, identity: this.session?.identity ?? '', waitMs })
    }
  }

  #pause(): void {
    if (this.#paused++ === 0) this.#transport.setReading?.(false)
  }

  #resume(): void {
    if (--this.#paused > 0 || this.state === 'closed') return
    // What waited in the socket is life as well: the peer could not be heard while it was not read.
    this.receivedAt = this.services.clock.now()
    this.#transport.setReading?.(true)
  }

  /**
   * A peer that does not read asks for more: nothing more is done for it until it has read. What has come with this message
   * already is held, which is no more than the platform reads at once. False where reading cannot be stopped.
   */
  #stopReading(message: string | Uint8Array): boolean {
    if (this.#transport.setReading === undefined) return false
    this.#held = [message]
    // Else it is not read since a sweep.
    if (this.stuck === undefined) this.pauseUntilWritable()
    this.whenWritable(() => this.#handleHeld())
    return true
  }

  /** Stops reading a peer that does not read, and notes since when; see sweep.ts. */
  pauseUntilWritable(): void {
    this.stuck = { since: this.services.clock.now(), bufferedBytes: this.bufferedBytes }
    this.#pause()
    this.whenWritable(() => this.#resume())
  }

  get isPaused(): boolean {
    return this.#paused > 0
  }

  /** What counts of topics against the limit on subscriptions. */
  get topicSlots(): number {
    return this.state === 'closed' ? 0 : this.topics.size + this.givenUpTopics
  }

  get bufferedBytes(): number {
    return this.outbox.bufferedBytes
  }

  send(frame: string): void {
    if (this.state !== 'closed') this.outbox.push(frame)
  }

  sendPrepared(message: PreparedMessage | Uint8Array): void {
    if (this.state !== 'closed') this.outbox.pushPrepared(message)
  }

  whenWritable(callback: () => void): void {
    this.#writableCallbacks ??= []
    this.#writableCallbacks.push(callback)
    // What waits in the outbox alone leaves with this turn, and a socket that takes it at once announces nothing. One
    // check for all who wait: each that is called back may wait again.
    if (this.#transport.bufferedBytes > 0 || this.#checksWritable) return
    this.#checksWritable = true
    this.services.turn.afterConnections(() => {
      this.#checksWritable = false
      this.checkWritable()
    })
  }

  resumeWhenWritable(): void {
    // Whoever waits, streams go on as well.
    if (this.#writableCallbacks === undefined) this.whenWritable(() => {})
  }

  /** Calls back who waits for an empty socket if it is empty: one that held only a little does not say so. */
  checkWritable(): void {
    if (this.#writableCallbacks !== undefined && this.#transport.bufferedBytes === 0) this.onWritable()
  }

  /** The socket is empty again: who waits for that goes on. */
  onWritable(): void {
    this.stuck = undefined
    const callbacks = this.#writableCallbacks
    this.#writableCallbacks = undefined
    if (callbacks !== undefined) for (const callback of callbacks) callback()
    this.session?.resumeStreams()
  }

  /** Notes when the token expires, and when to ask for another (P3.10). */
  holdsTokenUntil(expiresAt: number | undefined): void {
    const now = this.services.wallNow()
    this.expiresAt = expiresAt
    this.askTokenAt = expiresAt && Math.max(now + (expiresAt - now) / 2, expiresAt - ASK_TOKEN_BEFORE_MS)
  }

  /** The token will expire soon. */
  askForToken(): void {
    this.askTokenAt = undefined
    this.send(writeToken(false))
  }

  ping(): void {
    this.pingedAt = this.services.clock.now()
    this.send(writeCount('ping', this.session?.sequence.received ?? 0))
  }

  replaced(): void {
    this.close('REPLACED', 'Another connection resumed this session.')
  }

  /** Closes with a code of the table; what is in the outbox leaves before it. */
  close(reason: CloseReason, message: string): void {
    if (this.state === 'closed') return
    const { code } = CLOSE_CODES[reason]
    this.outbox.flush()
    this.#end = { code, reason: message }
    this.#leave()
    this.#transport.close(code, message)
  }

  /** Abandons a socket whose peer is dead: no close frame is waited for. */
  abandon(reason: string): void {
    const { code } = CLOSE_CODES.ABNORMAL
    this.#end ??= { code, reason }
    this.#leave()
    this.#transport.close(code)
  }

  /** Nothing of the peer is acted on from here on. */
  #leave(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.#held = undefined
    this.#writableCallbacks = undefined
    this.services.hub.drop(this)
    this.services.presence.drop(this)
    this.#detach()
  }

  #detach(): void {
    const { session } = this
    session?.detach(this)
    // It may be on another connection by now.
    if (session !== undefined && session.socket === undefined)
      this.services.sessions.detached(session, this.info.address)
  }

  /** The socket is gone. */
  onClose(code: number, reason: string): void {
    this.#leave()
    this.#owner.closed(this, this.#end?.code ?? code, this.#end?.reason ?? reason)
  }
}

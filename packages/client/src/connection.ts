/**
 * The connection's state machine: sockets come and go, the session stays.
 *
 * Not a transport, and not aware of calls or topics: they ride on it (link.ts). The only file that changes `status`, and
 * every change has a reason. Rule: never two sockets; what belongs to an earlier socket is not acted on. An app
 * that is told of a step may close or reconnect within it: what is left of the step is not done then (`turn` has moved).
 * @see spec/PROTOCOL.md#4-sessions
 */
import { type AfterClose, type BinaryFraming, type Clock, closeReason, TrunklineError } from '@trunkline/core'
import { writeClientFrame } from '@trunkline/core/protocol'
import { type Alarm, createAlarm } from './alarm.js'
import type { ConnectionOptions } from './connection-options.js'
import type { ConnectionStatus } from './connection-status.js'
import { createDispatch } from './dispatch.js'
import type { ClientEvents, Emitter } from './emitter.js'
import { createHeartbeat } from './heartbeat.js'
import type { ClientTransport, FrameHandlers, Link, Rider } from './link.js'
import { createOutbox } from './outbox.js'
import { createReconnect } from './reconnect.js'
import { createSequence } from './sequence.js'
import { newToken } from './session-token.js'
import { FREEZE, listenForWaking } from './wake.js'

/** What an app can do with a connection. */
export interface Connection {
  readonly status: ConnectionStatus
  /**
   * Connects, also after `close()`; resolves when the connection is open, at once if it is.
   *
   * @throws TrunklineError `CONNECTION_CLOSED` when it was closed or refused for good meanwhile.
   */
  connect(): Promise<void>
  /** Gives the socket up and tries another at once; the session goes on. */
  reconnect(): void
  /** Says goodbye: what runs is cancelled at the server and fails here with `CONNECTION_CLOSED`. */
  close(): void
  /** Listens to an event; returns a function that stops it. */
  on<TName extends keyof ClientEvents>(name: TName, listener: (event: ClientEvents[TName]) => void): () => void
}

/** What `hello` says of this client. */
export const CLIENT_NAME = 'trunkline-js/0.1.0'

/** From the start of an attempt to `welcome`, in milliseconds; a server gives up its side after 5 s. */
const CONNECT_TIMEOUT_MS = 10_000
/** Units that are sent before `welcome`: a third of what the server holds is less, but it counts bytes (P3.3). */
const MAX_EARLY_UNITS = 16_384
const BYE = writeClientFrame({ bye: true })

export function createConnection(
  open: () => ClientTransport,
  clock: Clock,
  emitter: Emitter,
  /** Made around the link that this makes: they come on before the first frame. */
  riders: readonly Rider[],
  { auth, heartbeat: rhythm, reconnect, idleCloseMs, random = Math.random }: ConnectionOptions,
  /** How the codec's messages with attachments are framed. */
  binary: BinaryFraming | undefined,
): { connection: Connection; link: Link; alarm: Alarm } {
  const policy = createReconnect(reconnect ?? {}, random)
  let status: ConnectionStatus = { state: 'idle' }
  const waiters: [() => void, (error: TrunklineError) => void][] = []
  let stopListening: (() => void) | undefined

  // The session.
  let sequence = createSequence(clock.now())
  let lastId = 0
  /** Whether a hello with this session's token has left: from then on it can only be resumed. */
  let isHailed = false

  // The attempt, and its socket.
  let turn = 0
  let transport: ClientTransport | undefined
  let isTrying = false
  let hasSpoken = false
  let earlyUnits = 0
  let unread = 0
  let retryAfterMs: number | undefined
  let attempt = 0
  let openedAt = 0
  let activeAt = 0
  /** When the attempt is given up, or the next one starts. */
  let dueAt = Infinity
  const outbox = createOutbox(
    (message) => transport?.send(message),
    () => link.limits.maxMessageBytes,
  )

  const tell = (kind: 'ack' | 'ping' | 'pong'): void => {
    sequence.told(heartbeat.receivedAt)
    // The three are written alike.
    outbox.push(writeClientFrame({ [kind]: sequence.received } as { ack: number }))
  }

  const heartbeat = createHeartbeat(
    () => tell('ping'),
    () => abandon('heartbeat'),
  )

  const alarm = createAlarm(clock, (now) => {
    let next = check(now)
    for (const rider of riders) next = Math.min(next, rider.expire?.(now) ?? Infinity)
    return next
  })

  const check = (now: number): number => {
    if (!link.isOpen) {
      if (now >= dueAt) {
        if (isTrying) abandon('timeout')
        else start()
      }
      return dueAt
    }
    if (!idleCloseMs) return heartbeat.check(now)
    if (riders.some((rider) => rider.size() > 0)) activeAt = now
    const idleAt = activeAt + idleCloseMs
    if (now < idleAt) return Math.min(idleAt, heartbeat.check(now))
    leave('idle', 'idle')
    return dueAt
  }

  const change = (next: ConnectionStatus): void => {
    status = next
    emitter.emit('changed', next)
  }

  const start = (): void => {
    const mine = ++turn
    stopListening ??= listenForWaking(probe)
    link.closed = retryAfterMs = undefined
    isTrying = true
    dueAt = clock.now() + CONNECT_TIMEOUT_MS
    alarm.at(dueAt)
    change(attempt > 0 ? { ...status, retryInMs: 0 } : { state: 'connecting' })
    if (mine !== turn) return
    if (!auth) return dial()
    withToken(dial, (error) => lost(1006, String(error), 'retry', 'auth'))
  }

  /** Asks for a token; what comes when the attempt is over is not used. */
  const withToken = (use: (token: string | undefined) => void, fail: (error: unknown) => void): void => {
    const mine = turn
    new Promise<string | undefined>((resolve) => resolve(auth?.())).then(
      (token) => mine === turn && use(token),
      (error) => mine === turn && fail(error),
    )
  }

  const dial = (token?: string): void => {
    const mine = turn
    let opened: ClientTransport
    try {
      opened = transport = open()
    } catch (error) {
      // An invalid URL, or no WebSocket here: another attempt cannot mend it.
      return lost(1006, String(error), 'stop', 'url')
    }
    opened.attach({
      onOpen: () => {
        if (mine !== turn) return
        const received = isHailed ? sequence.received : undefined
        opened.send(writeClientFrame({ hello: CLIENT_NAME, session: link.session, received, token }))
        // What resumes says nothing before it knows what the server has (P3.2).
        link.isReady = !isHailed
        isHailed = hasSpoken = true
        for (const rider of riders) rider.pump()
      },
      onMessage: (message) => {
        if (mine !== turn) return
        heartbeat.receivedAt = clock.now()
        link.message += 1
        link.messageLength = unread = message.length
        try {
          dispatch(message, () => mine === turn)
        } catch (error) {
          if (mine === turn) lost(4400, String(error))
          opened.close(4400)
        }
      },
      onClose: (code, reason) => {
        if (mine === turn) lost(code, reason)
      },
    })
  }

  const handlers: FrameHandlers = {
    token: (isTaken) => {
      if (isTaken) return
      withToken(
        (token) => token && outbox.push(writeClientFrame({ token })),
        // It is asked for again when the server closes for the old one.
        () => {},
      )
    },
    welcome: (session, frame) => {
      if (link.isOpen) return
      const mine = turn
      if (link.isReady) link.session = session
      else if (!frame.resumed) renew(session, true)
      else {
        const missed = sequence.after(frame.received)
        if (!missed) {
          // The server lacks a frame that was let go of here: only another session is honest (P4.5).
          transport?.send(BYE)
          abandon('session', 'fresh', 1000)
          return again()
        }
        sequence.acknowledge(frame.received)
        for (const message of missed) outbox.push(message)
      }
      if (mine !== turn) return
      link.limits = frame.limits
      link.keys = frame.keys
      link.isOpen = link.isReady = true
      heartbeat.rhythm = rhythm ?? frame.heartbeat
      isTrying = false
      openedAt = activeAt = heartbeat.receivedAt
      for (const rider of riders) {
        rider.opened?.()
        rider.pump()
      }
      if (mine !== turn) return
      change({ state: 'open' })
      for (const [resolve] of waiters.splice(0)) resolve()
      alarm.at(check(openedAt))
    },
    closing: (_code, frame) => {
      retryAfterMs = frame.retryAfterMs
    },
    ping: (received) => {
      sequence.acknowledge(received)
      tell('pong')
      // Within the handler: a hidden tab's timers and turns may come too late (P3.6).
      outbox.flush()
    },
    pong: (received) => sequence.acknowledge(received),
    ack: (received) => sequence.acknowledge(received),
    // Reserved (P3.11, P5.10).
    drain: () => {},
    call: (id) => link.keep(writeClientFrame({ failure: id, code: 'UNSUPPORTED' })),
  }

  const dispatch = createDispatch(
    () => [handlers, ...riders.map((rider) => rider.handlers)],
    () => {
      // The whole message counts with its first frame: only the sum matters.
      if (sequence.receive(unread, heartbeat.receivedAt)) tell('ack')
      unread = 0
    },
    binary,
  )

  /** Another session: whatever was sent belongs to none, unless the server told that it read nothing. */
  const renew = (token: string, isKnown: boolean, isUnread = false): void => {
    for (const rider of riders) rider.renew?.(link.session, isUnread)
    // Another session may be another server's.
    link.keys = undefined
    link.session = token
    isHailed = isKnown
    sequence = createSequence(clock.now())
  }

  /** The socket is gone: wait for the next attempt, or stop. */
  const lost = (
    code: number,
    message: string,
    after: AfterClose = policy.decide(code),
    reason: string = closeReason(code) ?? String(code),
  ): void => {
    // The server's own refusal instead of `welcome`: what it held was never read (P3.3). Another code may be a proxy's.
    const isUnread = link.isReady && !link.isOpen && code >= 4000
    const mine = detach()
    if (after === 'fresh' || isUnread) renew(newToken(), false, isUnread)
    if (mine !== turn) return
    if (after === 'stop') return finish('closed', reason, message)
    attempt += 1
    const retryInMs = policy.delayMs(attempt, retryAfterMs)
    dueAt = clock.now() + retryInMs
    change({ state: 'reconnecting', reason, message, attempt, retryInMs })
    alarm.at(dueAt)
  }

  /** From here on nothing of the socket is acted on; gives the turn that begins. */
  const detach = (): number => {
    const mine = ++turn
    outbox.clear()
    transport = undefined
    if (link.isOpen && clock.now() - openedAt >= policy.resetAfterMs) attempt = 0
    isTrying = hasSpoken = link.isOpen = link.isReady = false
    earlyUnits = 0
    for (const rider of riders) rider.detached()
    return mine
  }

  /** Lets go of a socket, with 1006 without waiting for its peer, and tries again later. */
  const abandon = (reason: string, after: AfterClose = 'retry', code = 1006): void => {
    const old = transport
    lost(code, '', after, reason)
    old?.close(code)
  }

  /** Tries at once after a loss. */
  const again = (): void => {
    if (!isTrying && !link.closed) start()
  }

  const finish = (state: 'idle' | 'closed', reason: string, message?: string): void => {
    const mine = turn
    dueAt = Infinity
    attempt = 0
    alarm.stop()
    stopListening?.()
    stopListening = undefined
    if (state === 'closed') {
      const why = message ?? 'this client closed it.'
      const error = new TrunklineError('CONNECTION_CLOSED', why ? `${reason}: ${why}` : reason)
      link.closed = error
      for (const [, reject] of waiters.splice(0)) reject(error)
      for (const rider of riders) rider.closed(error)
    }
    renew(newToken(), false)
    if (mine === turn) change({ state, reason, message })
  }

  /** Says goodbye. */
  const leave = (state: 'idle' | 'closed', reason: string): void => {
    const old = transport
    outbox.flush()
    if (hasSpoken) old?.send(BYE)
    detach()
    old?.close(1000)
    // Closed by what the app did when it was told that the socket is gone.
    if (link.closed) return
    // Or begun anew.
    transport?.close(1000)
    detach()
    finish(state, reason)
  }

  /** The machine woke: is the peer still there? Or while waiting: try now. */
  const probe = ({ type }: { readonly type: string }): void => {
    // A browser keeps the socket of a page that it froze, and the server would think for long that somebody is there.
    if (type === FREEZE) transport && abandon(type)
    else if (link.isOpen) alarm.at(heartbeat.probe(clock.now()))
    else again()
  }

  const link: Link = {
    limits: { maxMessageBytes: 262_144, maxCalls: 32 },
    keys: undefined,
    session: newToken(),
    isOpen: false,
    isReady: false,
    closed: undefined,
    message: 0,
    messageLength: 0,
    nextId: () => ++lastId,
    hasRoom: (bytes) => link.isReady && (link.isOpen || earlyUnits + bytes < MAX_EARLY_UNITS),
    keep: (frame) => {
      sequence.keep(frame)
      link.post(frame)
    },
    post: (frame) => {
      // What an app takes back while it is told that the socket is lost must not be the first thing that the next one carries.
      if (!link.isReady) return
      earlyUnits += frame.length
      if (idleCloseMs) activeAt = clock.now()
      outbox.push(frame)
    },
    wake: () => {
      if (status.state === 'idle') start()
    },
  }

  const connection: Connection = {
    get status() {
      return status
    },
    connect: () =>
      new Promise((resolve, reject) => {
        if (link.isOpen) return resolve()
        waiters.push([resolve, reject])
        if (link.closed || status.state === 'idle') start()
      }),
    reconnect: () => {
      if (!transport && !isTrying) return start()
      abandon('reconnect')
      again()
    },
    close: () => {
      if (!link.closed) leave('closed', 'close')
    },
    on: emitter.on,
  }
  return { connection, link, alarm }
}

/**
 * The connection's state machine: sockets come and go, the session stays.
 *
 * Not a transport, and not aware of calls or topics: they ride on it (link.ts). The only file that changes `status`, and
 * every change has a reason. Rule: never two sockets; what belongs to an earlier socket is not acted on.
 * @see spec/PROTOCOL.md#4-sessions
 */
import { type AfterClose, type Clock, closeReason, type Transport, TrunklineError } from '@trunkline/core'
import {
  BYE,
  isServerSessionFrame,
  parseServerFrame,
  readMessage,
  Sequence,
  type WelcomeFrame,
  writeCount,
  writeFailure,
  writeHello,
} from '@trunkline/core/protocol'
import { type Alarm, createAlarm } from './alarm.js'
import type { ConnectionStatus } from './connection-status.js'
import type { ClientEvents, Emitter } from './emitter.js'
import { createHeartbeat, type HeartbeatOptions } from './heartbeat.js'
import type { Link, Work } from './link.js'
import { createOutbox } from './outbox.js'
import { createReconnect, type ReconnectOptions } from './reconnect.js'
import { newToken } from './session-token.js'
import { listenForWaking } from './wake.js'

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

/** What a connection is made of. */
export interface ConnectionSetup {
  readonly open: () => Transport
  readonly auth: (() => string | undefined | PromiseLike<string | undefined>) | undefined
  readonly heartbeat: HeartbeatOptions | undefined
  readonly reconnect: ReconnectOptions | undefined
  readonly idleCloseMs: number | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly defer: (callback: () => void) => void
  readonly emitter: Emitter
  readonly work: () => Work
}

/** What `hello` says of this client. */
export const CLIENT_NAME = 'trunkline-js/0.1.0'

/** From the start of an attempt to `welcome`, in milliseconds; a server gives up its side after 5 s. */
const CONNECT_TIMEOUT_MS = 10_000
/** Units that are sent before `welcome`: a third of what the server holds (P3.3), since it counts bytes. */
const MAX_EARLY_UNITS = 16_384
const NEVER = Number.POSITIVE_INFINITY

export function createConnection(setup: ConnectionSetup): { connection: Connection; link: Link; alarm: Alarm } {
  const { auth, clock, emitter, idleCloseMs } = setup
  const policy = createReconnect(setup.reconnect ?? {}, setup.random)
  let status: ConnectionStatus = { state: 'idle' }
  let error: TrunklineError | undefined
  const waiters: [() => void, (error: TrunklineError) => void][] = []
  let stopListening: (() => void) | undefined

  // The session.
  let session = newToken()
  let sequence = new Sequence(clock.now())
  let lastId = 0
  /** Whether a hello with this session's token has left: from then on it can only be resumed. */
  let hailed = false

  // The attempt, and its socket.
  let turn = 0
  let transport: Transport | undefined
  let trying = false
  let resuming = false
  let spoken = false
  let ready = false
  let welcome: WelcomeFrame | undefined
  let limits = { maxMessageBytes: 262_144, maxCalls: 32, maxSubscriptions: 128 }
  let earlyUnits = 0
  let messages = 0
  let unread = 0
  let retryAfterMs: number | undefined
  let attempt = 0
  let openedAt = 0
  let activeAt = 0
  /** When the attempt is given up, or the next one starts. */
  let dueAt = NEVER

  const outbox = createOutbox(
    (message) => transport?.send(message),
    () => limits.maxMessageBytes,
    setup.defer,
  )
  const heartbeat = createHeartbeat(
    () => setup.heartbeat ?? (welcome as WelcomeFrame).heartbeat,
    () => outbox.push(writeCount('ping', sequence.received)),
    () => abandon('heartbeat'),
  )
  const alarm = createAlarm(clock, (now) => Math.min(check(now), setup.work().expire(now)))

  const change = (next: ConnectionStatus): void => {
    status = next
    emitter.emit('changed', next)
  }

  const check = (now: number): number => {
    if (welcome) {
      const idleAt = idleCloseMs ? (setup.work().busy() ? now : activeAt) + idleCloseMs : NEVER
      if (now >= idleAt) {
        leave('idle', 'idle')
        return NEVER
      }
      return Math.min(idleAt, heartbeat.check(now))
    }
    if (now >= dueAt) {
      if (trying) abandon('timeout')
      else start()
    }
    return dueAt
  }

  const start = (): void => {
    const mine = ++turn
    stopListening ??= listenForWaking(probe)
    error = undefined
    trying = true
    dueAt = clock.now() + CONNECT_TIMEOUT_MS
    alarm.at(dueAt)
    change(attempt > 0 ? { ...status, state: 'reconnecting', attempt, retryInMs: 0 } : { state: 'connecting' })
    if (!auth) dial(mine)
    else {
      new Promise<string | undefined>((resolve) => resolve(auth())).then(
        (token) => dial(mine, token),
        (thrown) => {
          if (mine === turn) lost(1006, String(thrown), 'retry', 'auth')
        },
      )
    }
  }

  const dial = (mine: number, token?: string): void => {
    if (mine !== turn) return
    let opened: Transport
    try {
      opened = transport = setup.open()
    } catch (thrown) {
      // An invalid URL, or no WebSocket here: another attempt cannot mend it.
      return lost(1006, (thrown as Error).message, 'stop', 'url')
    }
    opened.attach({
      onOpen: () => {
        if (mine !== turn) return
        resuming = hailed
        opened.send(writeHello(CLIENT_NAME, session, resuming ? sequence.received : undefined, token))
        hailed = spoken = true
        earlyUnits = 0
        if (!resuming) {
          ready = true
          setup.work().pump()
        }
      },
      onMessage: (message) => {
        if (mine !== turn) return
        heartbeat.receivedAt = clock.now()
        messages += 1
        unread = message.length
        try {
          readMessage(message, (raw, bytes) => {
            take(raw, bytes, message.length)
            return mine === turn
          })
        } catch (thrown) {
          lost(4400, (thrown as Error).message)
          opened.close(4400)
        }
      },
      onClose: (code, reason) => {
        if (mine === turn) lost(code, reason)
      },
    })
  }

  const take = (raw: unknown, bytes: readonly Uint8Array[] | undefined, length: number): void => {
    const frame = parseServerFrame(raw, bytes)
    if (isServerSessionFrame(frame)) {
      // The whole message counts with its first frame: only the sum matters.
      if (sequence.receive(unread, heartbeat.receivedAt)) tell('ack')
      unread = 0
    }
    switch (frame.kind) {
      case 'welcome':
        return onWelcome(frame)
      case 'closing':
        retryAfterMs = frame.retryAfterMs
        return
      case 'ping':
        sequence.acknowledge(frame.received)
        tell('pong')
        // Within the handler: a hidden tab's timers and turns may come too late (P3.6).
        return outbox.flush()
      case 'pong':
      case 'ack':
        sequence.acknowledge(frame.received)
        return
      case 'call':
        return link.keep(writeFailure(frame.id, 'UNSUPPORTED'))
      default:
        setup.work().take(frame, messages, length)
    }
  }

  const tell = (kind: 'ack' | 'pong'): void => {
    sequence.told(heartbeat.receivedAt)
    outbox.push(writeCount(kind, sequence.received))
  }

  const onWelcome = (frame: WelcomeFrame): void => {
    if (welcome) return
    if (resuming && !frame.resumed) renew(frame.session, true)
    session = frame.session
    if (resuming && frame.resumed) {
      const missed = sequence.after(frame.received)
      if (!missed) {
        // The server lacks a frame that we let go: only another session is honest (P4.5).
        transport?.send(BYE)
        transport?.close(1000)
        lost(1000, '', 'fresh', 'session')
        return start()
      }
      sequence.acknowledge(frame.received)
      for (const message of missed) outbox.push(message)
    }
    welcome = frame
    limits = frame.limits
    ready = true
    trying = false
    retryAfterMs = undefined
    openedAt = activeAt = heartbeat.receivedAt
    setup.work().opened(frame)
    setup.work().pump()
    change({ state: 'open' })
    for (const [resolve] of waiters.splice(0)) resolve()
    alarm.at(check(openedAt))
  }

  /** Another session: whatever was sent belongs to none. */
  const renew = (token: string, wasHailed = false): void => {
    const old = session
    session = token
    hailed = wasHailed
    sequence = new Sequence(clock.now())
    setup.work().renew(old)
  }

  /** From here on nothing of the socket is acted on. */
  const detach = (): void => {
    turn += 1
    outbox.clear()
    transport = undefined
    trying = spoken = ready = false
    if (welcome && clock.now() - openedAt >= policy.resetAfterMs) attempt = 0
    welcome = undefined
    setup.work().detached()
  }

  /** The socket is gone: wait for the next attempt, or stop. */
  const lost = (
    code: number,
    message: string,
    after: AfterClose = policy.decide(code),
    reason: string = closeReason(code) ?? String(code),
  ): void => {
    detach()
    if (after === 'stop') return finish('closed', reason, message)
    if (after === 'fresh') renew(newToken())
    attempt += 1
    const retryInMs = retryAfterMs ?? policy.delayMs(attempt)
    retryAfterMs = undefined
    dueAt = clock.now() + retryInMs
    change({ state: 'reconnecting', reason, message, attempt, retryInMs })
    alarm.at(dueAt)
  }

  /** Lets go of a socket without waiting for its peer, and tries again. */
  const abandon = (reason: string): void => {
    const old = transport
    lost(1006, '', 'retry', reason)
    old?.close(1006)
  }

  const finish = (state: 'idle' | 'closed', reason: string, message = ''): void => {
    dueAt = NEVER
    attempt = 0
    alarm.stop()
    stopListening?.()
    stopListening = undefined
    if (state === 'closed') {
      error = new TrunklineError('CONNECTION_CLOSED', message ? `${reason}: ${message}` : reason)
      setup.work().closed(error)
      for (const [, reject] of waiters.splice(0)) reject(error)
    }
    renew(newToken())
    change({ state, reason, message })
  }

  /** Says goodbye. */
  const leave = (state: 'idle' | 'closed', reason: string): void => {
    const old = transport
    outbox.flush()
    if (spoken) old?.send(BYE)
    detach()
    old?.close(1000)
    finish(state, reason)
  }

  /** A tab woke: is the peer still there? While waiting: try now. */
  const probe = (): void => {
    if (welcome) alarm.at(heartbeat.probe(clock.now()))
    else if (!trying && dueAt < NEVER) start()
  }

  const link: Link = {
    get limits() {
      return limits
    },
    get keys() {
      return welcome?.keys
    },
    get session() {
      return session
    },
    get ready() {
      return ready
    },
    get closed() {
      return error
    },
    nextId: () => {
      if (idleCloseMs) activeAt = clock.now()
      return ++lastId
    },
    hasRoom: (bytes) => ready && (welcome !== undefined || earlyUnits + bytes < MAX_EARLY_UNITS),
    keep: (frame) => {
      sequence.keep(frame)
      earlyUnits += frame.length
      if (ready) outbox.push(frame)
    },
    post: (frame) => {
      earlyUnits += frame.length
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
        if (welcome) return resolve()
        waiters.push([resolve, reject])
        if (status.state === 'idle' || status.state === 'closed') start()
      }),
    reconnect: () => {
      if (transport || trying) abandon('reconnect')
      start()
    },
    close: () => {
      if (status.state !== 'closed') leave('closed', 'close')
    },
    on: emitter.on,
  }
  return { connection, link, alarm }
}

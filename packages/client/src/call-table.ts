/**
 * Every call that was not answered: sent or waiting to be sent.
 *
 * Not a socket and not a session: it is told when frames may leave and when the session is lost.
 * Rule: a call settles once, and says what is known of its fate; only what was never sent is `not-sent` (P5.7).
 */
import {
  type BinaryFraming,
  type Clock,
  type Codec,
  type EncodedPayload,
  type ErrorCode,
  TrunklineError,
  type UnreadBlobError,
} from '@trunkline/core'
import { type ClientWireFrame, DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, writeClientFrame } from '@trunkline/core/protocol'
import type { Alarm } from './alarm.js'
import type { Call, CallOptions, QueueLimits, Stream } from './call.js'
import type { Link, Rider } from './link.js'
import { readPayload } from './read-payload.js'

/**
 * For so long a call is sent again after a lost session, in milliseconds. A minute less than its key is remembered for at
 * least (P5.8, P7.6), in which it may be under way: later it could be a second one.
 */
const RESEND_MS: { readonly [K in Call['kind']]?: number } = { publish: 60_000, mutate: 540_000 }

/** What a call is told that could not leave: why is the connection's to say. */
const NOT_SENT = 'Nothing was sent: see `connection.status`.'

/** The calls of a client. */
export interface CallTable extends Rider {
  /** Encodes and sends, or queues, one call; what fails at once rejects at once. */
  start(
    kind: Call['kind'],
    path: string,
    value: unknown,
    options: (CallOptions & { readonly key?: string | undefined }) | undefined,
    resolve: Call['resolve'],
    reject: Call['reject'],
    stream?: Stream,
    params?: unknown,
  ): Call
  /** Takes a call off the table without settling it; the server is told if it was sent. */
  cancel(call: Call): void
}

export function createCallTable(
  link: Link,
  codec: Codec,
  clock: Clock,
  alarm: Alarm,
  defaultTimeoutMs: number = DEFAULT_TIMEOUT_MS,
  { queuedCalls = 1_024, queuedBytes = 1_048_576 }: QueueLimits = {},
): CallTable {
  const sent = new Map<number, Call>()
  let waiting = new Set<Call>()
  /** Those whose Blobs are being read. */
  const reading = new Set<Call>()
  /** How many of those sent take a slot at the server (P3.4). */
  let running = 0

  /** Off the table, whatever comes of it. */
  const remove = (call: Call): void => {
    if (sent.delete(call.id) && !call.stream) running -= 1
    waiting.delete(call)
    reading.delete(call)
    call.unlisten?.()
  }
  const all = (): Call[] => [...sent.values(), ...waiting, ...reading]

  const fail = (call: Call, code: ErrorCode, message?: string, cause?: unknown): void => {
    remove(call)
    const fate = call.isSent ? 'maybe-executed' : 'not-sent'
    call.reject(new TrunklineError(code, message, { path: call.path, fate, cause }))
  }

  /** Sends a call if it may leave now. */
  const send = (call: Call): boolean => {
    const { kind, path, payload, bytes, stream, key } = call
    const { maxCalls, maxMessageBytes } = link.limits
    if ((!stream && running >= maxCalls) || !link.hasRoom(bytes)) return false
    // Looked at when it would leave: the session may have been lost long before there was another.
    // By both clocks: the monotonic one stands still while a laptop sleeps, and the server's goes on.
    const ageMs = Math.max(clock.now() - call.sentAt, Date.now() - call.sentOn)
    if (call.isSent && ageMs > (RESEND_MS[kind] ?? Infinity)) {
      fail(call, 'CONNECTION_LOST')
      return true
    }
    // 1,024 bytes are more than all that stands around a payload.
    if (bytes + 1_024 > maxMessageBytes) {
      fail(call, 'PAYLOAD_TOO_LARGE', `${bytes} bytes: the server takes ${maxMessageBytes} at once.`)
      return true
    }
    const id = link.nextId()
    const leftMs = Math.max(1, Math.ceil(call.deadline - clock.now()))
    const members =
      kind === 'publish'
        ? { publish: id, topic: path, params: call.params, key }
        : {
            [kind]: id,
            path,
            timeoutMs: stream || leftMs === DEFAULT_TIMEOUT_MS ? undefined : leftMs,
            key,
            ...(kind === 'mutate' && call.isResent && { resend: true, keys: call.keys }),
            lastEventId: call.lastEventId,
          }
    // The kind of a call is the name of its frame's first member.
    const frame = writeClientFrame(members as ClientWireFrame, typeof payload === 'string' ? payload : payload.fragment)
    call.id = id
    if (!call.isSent) {
      call.sentAt = clock.now()
      call.sentOn = Date.now()
    }
    call.isSent = true
    if (!call.isResent) call.keys ??= link.keys
    waiting.delete(call)
    sent.set(id, call)
    // A payload with attachments was made by a codec that can frame them.
    link.keep(typeof payload === 'string' ? frame : (codec.binary as BinaryFraming).write(frame, payload.bytes))
    if (!stream) running += 1
    // Last: the app is told, and what it sends then has a later id (P2.11).
    else if (link.isOpen) stream.live(true)
    return true
  }

  const pump = (): void => {
    for (const call of waiting) if (!send(call)) return
  }

  /** Sends a call, or lets it wait. */
  const enqueue = (call: Call): void => {
    if (waiting.size === 0 && send(call)) return
    let { bytes } = call
    for (const each of waiting) bytes += each.bytes
    if (waiting.size >= queuedCalls || bytes > queuedBytes) {
      const calls = `${waiting.size + 1} of ${queuedCalls} queuedCalls`
      fail(call, 'QUEUE_FULL', `${NOT_SENT} With it wait ${calls}, ${bytes} of ${queuedBytes} queuedBytes.`)
    } else {
      waiting.add(call)
      link.wake()
    }
  }

  /** Finds the call that a frame settles; its place is free for the next one. */
  const take = (id: number): Call | undefined => {
    const call = sent.get(id)
    if (call) {
      remove(call)
      pump()
    }
    return call
  }

  const calls: CallTable = {
    size: () => all().length,
    pump,

    start(kind, path, value, options, resolve, reject, stream, params) {
      const { signal, timeoutMs = defaultTimeoutMs, key } = options ?? {}
      let payload: EncodedPayload = ''
      let problem: (Error & Partial<UnreadBlobError>) | undefined
      try {
        payload = codec.encode(value)
      } catch (error) {
        problem = error as Error
      }
      const refuse = (error: Error): void => fail(call, 'INVALID_INPUT', error.message, error)
      const call: Call = {
        kind,
        path,
        params,
        payload,
        bytes: sizeOf(payload),
        stream,
        deadline: stream ? Infinity : clock.now() + Math.min(timeoutMs, MAX_TIMEOUT_MS),
        resolve,
        reject,
        id: 0,
        isSent: false,
        sentAt: 0,
        sentOn: 0,
        isResent: false,
        key,
      }
      const onAbort = (): void => {
        calls.cancel(call)
        fail(call, 'CANCELLED', undefined, signal?.reason)
      }
      // A problem that can `read` is Blobs whose bytes are to be had in a moment.
      if (problem && !problem.read) refuse(problem)
      else if (link.closed) fail(call, 'CONNECTION_CLOSED', link.closed.message)
      else if (signal?.aborted) onAbort()
      else {
        if (signal) {
          signal.addEventListener('abort', onAbort)
          call.unlisten = () => signal.removeEventListener('abort', onAbort)
        }
        alarm.at(call.deadline)
        if (!problem?.read) enqueue(call)
        else {
          reading.add(call)
          problem.read().then((read) => {
            if (!reading.delete(call)) return
            call.payload = read
            call.bytes = sizeOf(read)
            enqueue(call)
          }, refuse)
        }
      }
      return call
    },

    cancel(call) {
      if (call.id) link.keep(writeClientFrame({ cancel: call.id }))
      remove(call)
      pump()
    },

    opened() {
      for (const call of sent.values()) {
        // It left before `welcome`, and is run under the epoch that this tells.
        if (!call.isResent) call.keys ??= link.keys
        call.stream?.live(true)
      }
    },

    detached() {
      for (const call of sent.values()) call.stream?.live(false)
    },

    renew(session, unread) {
      for (const call of sent.values()) {
        if (unread) call.isSent = call.isResent
        else if (call.kind === 'publish' && !call.key) {
          fail(call, 'CONNECTION_LOST')
          continue
        } else {
          if (call.kind === 'mutate') call.key ??= `${session}:${call.id}`
          call.isResent = true
        }
        call.id = 0
      }
      // In the order they were made: what was sent comes before what waits.
      waiting = new Set([...sent.values(), ...waiting])
      sent.clear()
      running = 0
      // Last: the app is told, and may give any of them up.
      for (const { stream } of waiting) stream?.restart()
    },

    closed({ message }) {
      for (const call of all()) fail(call, 'CONNECTION_CLOSED', message)
    },

    expire(now) {
      let next = Infinity
      for (const call of all()) {
        if (call.deadline <= now) fail(call, 'TIMEOUT', call.isSent ? 'No answer in time.' : NOT_SENT)
        else next = Math.min(next, call.deadline)
      }
      pump()
      return next
    },

    handlers: {
      ok: (id, frame) => {
        const call = take(id)
        if (call) readPayload(codec, frame, call.path, call.resolve, call.reject)
      },
      item: (id, frame) => sent.get(id)?.stream?.item(frame),
      end: (id) => take(id)?.resolve(undefined),
      error: (id, frame) => {
        const call = take(id)
        if (!call) return
        const { path, reject } = call
        const fail = (data: unknown): void =>
          reject(new TrunklineError(frame.code, frame.message, { ...frame, data, path }))
        readPayload(codec, frame, path, fail, reject)
      },
    },
  }
  return calls
}

/** What a payload takes on the wire. Units stand for bytes where three times as many would not matter. */
function sizeOf(payload: EncodedPayload): number {
  if (typeof payload !== 'string')
    return payload.bytes.reduce((sum, part) => sum + part.length, sizeOf(payload.fragment))
  return payload.length < 65_536 ? payload.length : new TextEncoder().encode(payload).length
}

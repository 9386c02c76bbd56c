/**
 * Every call that was not answered: sent or waiting to be sent.
 *
 * Not a socket and not a session: it is told when frames may leave and when the session is lost.
 * Rule: a call settles once, and says what is known of its fate; only what was never sent is `not-sent` (P5.7).
 */
import { type Clock, type Codec, type EncodedPayload, type ErrorCode, type Fate, TrunklineError } from '@trunkline/core'
import {
  type BadFrame,
  concatBytes,
  DEFAULT_TIMEOUT_MS,
  type ErrorFrame,
  encodeBinaryMessage,
  type ItemFrame,
  MAX_TIMEOUT_MS,
  type OkFrame,
  writeCall,
  writeCancel,
  writePublish,
} from '@trunkline/core/protocol'
import type { Alarm } from './alarm.js'
import type { Link } from './link.js'

/** Options of one call. */
export interface CallOptions {
  /** Gives the call up: one that waits is dropped, one that was sent is cancelled at the server. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the call fails with `TIMEOUT`; at most one day. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number | undefined
}

/** How much may wait for the connection. Past it a call fails with `QUEUE_FULL` and was not sent. */
export interface QueueLimits {
  /** Calls that wait. Default 1_024. */
  readonly queuedCalls?: number | undefined
  /** Their encoded payloads in bytes. Default 1_048_576. */
  readonly queuedBytes?: number | undefined
}

/** What a subscription adds to its call. */
export interface Stream {
  /** The call was sent and the connection is open, or no longer. */
  live(isLive: boolean): void
  /** The session was lost: the call will be sent anew. */
  restart(): void
  /** An item came, in the message of this number and length. */
  item(frame: ItemFrame, message: number, length: number): void
}

/** A call on its way. The wire's optional members stand in it as `writeCall` takes them. */
export interface Call {
  readonly kind: 'query' | 'mutate' | 'subscribe' | 'publish'
  readonly path: string
  readonly params?: unknown
  readonly payload: EncodedPayload
  readonly bytes: number
  /** 0 while it waits. */
  id: number
  /** Whether any server may have seen it. */
  sent: boolean
  /** The clock's time at which it fails. */
  readonly deadline: number
  timeoutMs: number | undefined
  key: string | undefined
  keys: string | undefined
  resend: boolean
  lastEventId: string | undefined
  /** The epoch of the key store when it was first sent. */
  epoch: string | undefined
  readonly signal: AbortSignal | undefined
  onAbort: (() => void) | undefined
  readonly stream: Stream | undefined
  readonly resolve: (value: unknown) => void
  readonly reject: (error: TrunklineError) => void
}

/** The calls of a client. */
export interface CallTable {
  readonly size: number
  get(id: number): Call | undefined
  /** Encodes and sends, or queues, one call. Throws what `encode` throws as `INVALID_INPUT`. */
  start(
    kind: Call['kind'],
    path: string,
    value: unknown,
    options: CallOptions & { readonly key?: string | undefined },
    resolve: Call['resolve'],
    reject: Call['reject'],
    stream?: Stream,
    params?: unknown,
  ): Call
  /** Takes a call off the table without settling it; the server is told if it was sent. */
  cancel(call: Call): void
  ok(frame: OkFrame): void
  /** Settles with what an error frame says. */
  failed(frame: ErrorFrame | BadFrame): void
  fail(call: Call, code: ErrorCode, message?: string, cause?: unknown): void
  end(id: number): void
  pump(): void
  opened(keys: string): void
  detached(): void
  renew(session: string): void
  closed(error: TrunklineError): void
  expire(now: number): number
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
  let waitingBytes = 0
  let running = 0

  /** Off the table, whatever comes of it. */
  const remove = (call: Call): void => {
    if (sent.delete(call.id)) {
      if (!call.stream) running -= 1
    } else if (waiting.delete(call)) waitingBytes -= call.bytes
    if (call.onAbort) call.signal?.removeEventListener('abort', call.onAbort)
  }

  const fail = (call: Call, code: ErrorCode, message?: string, cause?: unknown): void => {
    remove(call)
    const fate: Fate = call.sent ? 'maybe-executed' : 'not-sent'
    call.reject(new TrunklineError(code, message, { path: call.path, fate, cause }))
  }

  const send = (call: Call): void => {
    call.id = link.nextId()
    call.sent = true
    call.epoch ??= link.keys
    const { kind, path, payload } = call
    const text = typeof payload === 'string' ? payload : payload.fragment
    const frame =
      kind === 'publish'
        ? writePublish(call.id, path, call.params, text, (call.key ??= `${link.session}:${call.id}`))
        : writeCall(kind, call.id, path, text, call)
    sent.set(call.id, call)
    if (call.stream) call.stream.live(true)
    else running += 1
    link.keep(typeof payload === 'string' ? frame : concatBytes(encodeBinaryMessage(frame, payload.bytes)))
  }

  const trySend = (call: Call): boolean => {
    const { maxCalls, maxMessageBytes } = link.limits
    if ((!call.stream && running >= maxCalls) || !link.hasRoom(call.bytes)) return false
    // 512 bytes are more than all that stands around a payload but the path.
    if (call.bytes + call.path.length + 512 > maxMessageBytes) fail(call, 'PAYLOAD_TOO_LARGE')
    else send(call)
    return true
  }

  const pump = (): void => {
    for (const call of waiting) {
      if (call.deadline < Number.POSITIVE_INFINITY) {
        call.timeoutMs = Math.max(1, Math.ceil(call.deadline - clock.now()))
      }
      if (!trySend(call)) return
      if (waiting.delete(call)) waitingBytes -= call.bytes
    }
  }

  const settled = (call: Call): void => {
    remove(call)
    if (waiting.size > 0) pump()
  }

  return {
    get size() {
      return sent.size + waiting.size
    },
    get: (id) => sent.get(id),
    fail,
    pump,

    start(kind, path, value, { signal, timeoutMs = defaultTimeoutMs, key }, resolve, reject, stream, params) {
      let payload: EncodedPayload = ''
      let problem: unknown
      try {
        payload = codec.encode(value)
      } catch (error) {
        problem = error
      }
      const limited = Math.min(timeoutMs, MAX_TIMEOUT_MS)
      const call: Call = {
        kind,
        path,
        params,
        payload,
        bytes: sizeOf(payload),
        id: 0,
        sent: false,
        deadline: stream ? Number.POSITIVE_INFINITY : clock.now() + limited,
        timeoutMs: stream ? undefined : limited,
        key,
        keys: undefined,
        resend: false,
        lastEventId: undefined,
        epoch: undefined,
        signal,
        onAbort: undefined,
        stream,
        resolve,
        reject,
      }
      if (problem) fail(call, 'INVALID_INPUT', (problem as Error).message, problem)
      else if (signal?.aborted) fail(call, 'CANCELLED', undefined, signal.reason)
      else if (link.closed) fail(call, 'CONNECTION_CLOSED', link.closed.message)
      else if (waiting.size > 0 || !trySend(call)) {
        if (waiting.size >= queuedCalls || waitingBytes + call.bytes > queuedBytes) {
          fail(call, 'QUEUE_FULL')
          return call
        }
        waiting.add(call)
        waitingBytes += call.bytes
        link.wake()
      }
      if (signal && !signal.aborted) {
        call.onAbort = () => {
          this.cancel(call)
          fail(call, 'CANCELLED', undefined, signal.reason)
        }
        signal.addEventListener('abort', call.onAbort)
      }
      alarm.at(call.deadline)
      return call
    },

    cancel(call) {
      if (sent.has(call.id)) link.keep(writeCancel(call.id))
      settled(call)
    },

    ok(frame) {
      const call = sent.get(frame.id)
      if (!call) return
      settled(call)
      try {
        call.resolve(codec.decode(frame.data, frame.meta, frame.bytes))
      } catch (error) {
        call.reject(resultLost(call.path, error))
      }
    },

    failed(frame: Partial<ErrorFrame> & (ErrorFrame | BadFrame)) {
      const call = sent.get(frame.id as number)
      if (!call) return
      settled(call)
      const { path } = call
      try {
        const data = codec.decode(frame.data, frame.meta, frame.bytes ?? [])
        call.reject(new TrunklineError(frame.code, frame.message, { ...frame, data, path }))
      } catch (error) {
        call.reject(resultLost(path, error))
      }
    },

    end(id) {
      const call = sent.get(id)
      if (!call) return
      settled(call)
      call.resolve(undefined)
    },

    opened(keys) {
      for (const call of sent.values()) {
        call.epoch ??= keys
        call.stream?.live(true)
      }
    },

    detached() {
      for (const call of sent.values()) call.stream?.live(false)
    },

    renew(session) {
      for (const call of sent.values()) {
        if (call.kind === 'mutate') {
          call.key ??= `${session}:${call.id}`
          call.keys ??= call.epoch
          call.resend = true
        }
        waitingBytes += call.bytes
        call.id = 0
        call.stream?.restart()
      }
      // In the order they were made: what was sent comes before what waits.
      waiting = new Set([...sent.values(), ...waiting])
      sent.clear()
      running = 0
    },

    closed(error) {
      for (const call of [...sent.values(), ...waiting]) fail(call, 'CONNECTION_CLOSED', error.message)
    },

    expire(now) {
      let next = Number.POSITIVE_INFINITY
      for (const calls of [sent.values(), waiting]) {
        for (const call of calls) {
          if (call.deadline <= now) fail(call, 'TIMEOUT')
          else next = Math.min(next, call.deadline)
        }
      }
      pump()
      return next
    },
  }
}

function resultLost(path: string, cause: unknown): TrunklineError {
  return new TrunklineError('RESULT_LOST', (cause as Error).message, { path, cause })
}

/** At most the bytes that a payload takes on the wire, or a third of it where it is not ASCII. */
function sizeOf(payload: EncodedPayload): number {
  return typeof payload === 'string'
    ? payload.length
    : payload.bytes.reduce((sum, part) => sum + part.length, payload.fragment.length)
}

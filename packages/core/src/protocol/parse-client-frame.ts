/**
 * Reads what a client sent: hostile input to frames.
 *
 * Not a decoder of payloads: `data` and `meta` are passed on as they are (the codec checks and decodes them).
 * Rule: never throws; what is not a frame becomes a BadFrame with the id it belongs to (P2.9, P2.10).
 */
import type { BadFrame, CallFrame, ClientFrame } from './frame.js'
import { MAX_HELLO_BYTES, MAX_KEY_LENGTH, MAX_PATH_LENGTH, MAX_TIMEOUT_MS } from './limits.js'
import { isPosition, type Since } from './position.js'
import {
  FieldError,
  isObject,
  type RawFrame,
  readBadFrameId,
  readBoolean,
  readCount,
  readId,
  readOptionalCount,
  readOptionalText,
  readText,
  readTrue,
} from './read-field.js'

const NO_BYTES: readonly Uint8Array[] = []

/** Reads one element of a message. `bytes` are the attachments of a binary message. */
export function parseClientFrame(raw: unknown, bytes: readonly Uint8Array[] = NO_BYTES): ClientFrame {
  if (!isObject(raw)) return { kind: 'bad', id: null, code: 'BAD_FRAME', message: 'A frame must be an object.' }
  let kind = ''
  try {
    // The first member is nearly always the kind, so the loop ends at once; P2.2 allows any order.
    for (kind in raw) {
      const frame = parseKind(kind, raw, bytes)
      if (frame !== undefined) return frame
    }
  } catch (error) {
    if (error instanceof FieldError) return bad('BAD_FRAME', raw, kind, `In ${kind}: ${error.message}`)
    throw error
  }
  for (kind in raw) break
  return bad(
    'UNSUPPORTED',
    raw,
    kind,
    `No frame of this protocol has a member ${JSON.stringify(kind.slice(0, 64))} first.`,
  )
}

function parseKind(kind: string, raw: RawFrame, bytes: readonly Uint8Array[]): ClientFrame | undefined {
  switch (kind) {
    case 'query':
    case 'mutate':
    case 'subscribe':
      return parseCall(kind, raw, bytes)
    case 'taken':
      return { kind, id: readId(raw, 'taken'), count: readCount(raw, 'n') }
    case 'cancel':
    case 'answer':
    case 'failure':
    case 'unsub':
      return { kind, id: readId(raw, kind) }
    case 'ack':
    case 'ping':
    case 'pong':
      return { kind, received: readCount(raw, kind) }
    case 'publish':
      return {
        kind,
        id: readId(raw, kind),
        topic: readText(raw, 'topic', MAX_PATH_LENGTH),
        params: raw['params'],
        key: readOptionalText(raw, 'key', MAX_KEY_LENGTH),
        data: raw['data'],
        meta: raw['meta'],
        bytes,
      }
    case 'join':
      return {
        kind,
        id: readId(raw, kind),
        topic: readText(raw, 'topic', MAX_PATH_LENGTH),
        params: raw['params'],
        data: raw['data'],
        meta: raw['meta'],
        bytes,
      }
    case 'update':
      return {
        kind,
        id: readId(raw, kind),
        of: readId(raw, 'of'),
        revertAfterMs: readOptionalTime(raw, 'revertAfterMs'),
        data: raw['data'],
        meta: raw['meta'],
        bytes,
      }
    case 'leave':
      return { kind, id: readId(raw, kind), of: readId(raw, 'of') }
    case 'watch':
      return {
        kind,
        id: readId(raw, kind),
        topic: readText(raw, 'topic', MAX_PATH_LENGTH),
        params: raw['params'],
      }
    case 'sub':
      return {
        kind,
        id: readId(raw, kind),
        topic: readText(raw, 'topic', MAX_PATH_LENGTH),
        params: raw['params'],
        since: readSince(raw['since']),
      }
    case 'hello':
      return {
        kind,
        client: readText(raw, kind, 64),
        session: readText(raw, 'session', 64),
        received: readOptionalCount(raw, 'received'),
        token: readOptionalText(raw, 'token', MAX_HELLO_BYTES),
      }
    case 'token':
      return { kind, token: readText(raw, kind, MAX_HELLO_BYTES) }
    case 'bye':
      readTrue(raw, kind)
      return { kind }
    default:
      return undefined
  }
}

function parseCall(kind: CallFrame['kind'], raw: RawFrame, bytes: readonly Uint8Array[]): CallFrame {
  // What is hardly ever there is looked for by its own name: a lookup whose name varies costs as much as the rest.
  const { data, meta, timeoutMs, key, resend, keys, lastEventId, trace } = raw
  return {
    kind,
    id: readId(raw, kind),
    path: readText(raw, 'path', MAX_PATH_LENGTH),
    timeoutMs: timeoutMs === undefined ? undefined : readOptionalTime(raw, 'timeoutMs'),
    key: key === undefined ? undefined : readText(raw, 'key', MAX_KEY_LENGTH),
    // Refused when it is anything else than true or false: a re-send taken for a first try would run twice.
    resend: resend === undefined ? false : readBoolean(raw, 'resend'),
    keys: keys === undefined ? undefined : readText(raw, 'keys', MAX_KEY_LENGTH),
    lastEventId: lastEventId === undefined ? undefined : readText(raw, 'lastEventId', MAX_KEY_LENGTH),
    trace: trace === undefined ? undefined : readText(raw, 'trace', MAX_KEY_LENGTH),
    data,
    meta,
    bytes,
  }
}

function readOptionalTime(raw: RawFrame, name: string): number | undefined {
  const timeMs = readOptionalCount(raw, name)
  if (timeMs === undefined || (timeMs >= 1 && timeMs <= MAX_TIMEOUT_MS)) return timeMs
  throw new FieldError(`\`${name}\` must be 1 to ${MAX_TIMEOUT_MS}, but is ${timeMs}.`)
}

function readSince(value: unknown): Since {
  if (value === undefined) return 'now'
  if (value === 'start' || isPosition(value)) return value
  if (isObject(value) && value['last'] !== undefined) return { last: readCount(value, 'last') }
  throw new FieldError('`since` must be "start", {"last":n} or a position.')
}

function bad(code: BadFrame['code'], raw: RawFrame, kind: string, message: string): BadFrame {
  return { kind: 'bad', id: readBadFrameId(raw, kind), code, message }
}

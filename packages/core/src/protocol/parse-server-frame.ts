/**
 * Reads what a server sent.
 *
 * Not a decoder of payloads: `data` and `meta` are passed on as they are (the codec checks and decodes them).
 * Rule: never throws; what is not a frame becomes a BadFrame (P2.9); a kind from a newer server is one too (P2.10).
 */
import type { Fate } from '../error/fate.js'
import type { Issue } from '../error/trunkline-error.js'
import type { ServerFrame } from './frame.js'
import { type Gap, type GapReason, isPosition, type Position } from './position.js'
import {
  FieldError,
  isObject,
  type RawFrame,
  readBadFrameId,
  readBoolean,
  readCount,
  readId,
  readObject,
  readOptionalCount,
  readOptionalText,
  readText,
  readTrue,
} from './read-field.js'

const NO_BYTES: readonly Uint8Array[] = []
const MAX_TEXT_LENGTH = 65_536
const FATES: readonly unknown[] = ['rejected', 'not-sent', 'maybe-executed', 'executed'] satisfies Fate[]
const GAP_REASONS: readonly unknown[] = ['epoch', 'rewound', 'trimmed', 'expired'] satisfies GapReason[]

/** Reads one element of a message. `bytes` are the attachments of a binary message. */
export function parseServerFrame(raw: unknown, bytes: readonly Uint8Array[] = NO_BYTES): ServerFrame {
  if (!isObject(raw)) return { kind: 'bad', id: null, code: 'BAD_FRAME', message: 'A frame must be an object.' }
  let kind = ''
  try {
    for (kind in raw) {
      const frame = parseKind(kind, raw, bytes)
      if (frame !== undefined) return frame
    }
  } catch (error) {
    if (!(error instanceof FieldError)) throw error
    return { kind: 'bad', id: readBadFrameId(raw, kind), code: 'BAD_FRAME', message: `In ${kind}: ${error.message}` }
  }
  return { kind: 'bad', id: null, code: 'UNSUPPORTED', message: 'A kind of frame that this client does not know.' }
}

function parseKind(kind: string, raw: RawFrame, bytes: readonly Uint8Array[]): ServerFrame | undefined {
  switch (kind) {
    case 'ok':
      return { kind, id: readId(raw, kind), data: raw['data'], meta: raw['meta'], bytes }
    case 'event':
      return {
        kind,
        as: readCount(raw, kind),
        offset: readOptionalCount(raw, 'offset'),
        tag: readOptionalText(raw, 'tag', 64),
        data: raw['data'],
        meta: raw['meta'],
        bytes,
      }
    case 'item':
      return {
        kind,
        id: readId(raw, kind),
        cursor: readOptionalText(raw, 'cursor', MAX_TEXT_LENGTH),
        data: raw['data'],
        meta: raw['meta'],
        bytes,
      }
    case 'error':
      return {
        kind,
        id: raw[kind] === null ? null : readId(raw, kind),
        code: readText(raw, 'code', 128),
        message: readMessage(raw),
        fate: FATES.includes(raw['fate']) ? (raw['fate'] as Fate) : undefined,
        issues: readIssues(raw),
        correlationId: readOptionalText(raw, 'correlationId', 128),
        retryAfterMs: readOptionalCount(raw, 'retryAfterMs'),
        data: raw['data'],
        meta: raw['meta'],
        bytes,
      }
    case 'end':
      return { kind, id: readId(raw, kind) }
    case 'ack':
    case 'ping':
    case 'pong':
      return { kind, received: readCount(raw, kind) }
    case 'subbed':
      return {
        kind,
        id: readId(raw, kind),
        as: readCount(raw, 'as'),
        position: raw['position'] === undefined ? undefined : readPosition(raw),
        behind: readOptionalCount(raw, 'behind'),
        gap: raw['gap'] === undefined ? undefined : readGap(readObject(raw, 'gap')),
      }
    case 'live':
    case 'behind':
      return { kind, as: readCount(raw, kind) }
    case 'gap':
      return { kind, as: readCount(raw, kind), gap: readGap(raw) }
    case 'closed':
      return {
        kind,
        id: readId(raw, kind),
        code: readText(raw, 'code', 128),
        message: readMessage(raw),
        issues: readIssues(raw),
      }
    case 'welcome':
      return parseWelcome(raw)
    case 'stale':
      return { kind, stale: readBoolean(raw, kind) }
    case 'closing':
      return {
        kind,
        code: readCount(raw, kind),
        message: readMessage(raw),
        retryAfterMs: readOptionalCount(raw, 'retryAfterMs'),
      }
    case 'call':
      return {
        kind,
        id: readId(raw, kind),
        path: readText(raw, 'path', MAX_TEXT_LENGTH),
        data: raw['data'],
        meta: raw['meta'],
        bytes,
      }
    case 'drain':
      return { kind, withinMs: readCount(readObject(raw, kind), 'withinMs') }
    case 'token':
      readTrue(raw, kind)
      return { kind, token: undefined }
    default:
      return undefined
  }
}

function parseWelcome(raw: RawFrame): ServerFrame {
  const heartbeat = readObject(raw, 'heartbeat')
  const limits = readObject(raw, 'limits')
  return {
    kind: 'welcome',
    session: readText(raw, 'welcome', 64),
    resumed: readBoolean(raw, 'resumed'),
    received: readCount(raw, 'received'),
    keys: readText(raw, 'keys', 256),
    heartbeat: { intervalMs: readCount(heartbeat, 'intervalMs'), timeoutMs: readCount(heartbeat, 'timeoutMs') },
    resumeMs: readCount(raw, 'resumeMs'),
    limits: {
      maxMessageBytes: readCount(limits, 'maxMessageBytes'),
      maxCalls: readCount(limits, 'maxCalls'),
      maxSubscriptions: readCount(limits, 'maxSubscriptions'),
    },
  }
}

function readMessage(raw: RawFrame): string {
  return typeof raw['message'] === 'string' ? raw['message'] : ''
}

function readIssues(raw: RawFrame): readonly Issue[] | undefined {
  if (!Array.isArray(raw['issues'])) return undefined
  return raw['issues'].filter((issue): issue is Issue => isObject(issue) && typeof issue['message'] === 'string')
}

function readPosition(raw: RawFrame): Position {
  const position = raw['position']
  if (isPosition(position)) return position
  throw new FieldError('`position` must be {"epoch","offset","tag"}.')
}

function readGap(raw: RawFrame): Gap {
  if (!GAP_REASONS.includes(raw['reason'])) throw new FieldError('`reason` must be one of the gap reasons.')
  return {
    // It is one of GAP_REASONS, as just checked.
    reason: raw['reason'] as GapReason,
    missed: readOptionalCount(raw, 'missed'),
    position: readPosition(raw),
  }
}

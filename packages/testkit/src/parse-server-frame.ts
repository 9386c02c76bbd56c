/**
 * Reads what a server sent as strictly as the specification words it.
 *
 * Not what the client does: that trusts the shapes of its server's frames (P2.12), which is why tests must not.
 * Rule: never throws; what is not a frame becomes a BadFrame.
 */
import type { Fate, GapReason, Issue } from '@trunkline/core'
import type { BadFrame, ServerFrame } from '@trunkline/core/protocol'

type Raw = Readonly<Record<string, unknown>>
/** Gives what a member says, or throws; `raw` and `bytes` are those of the whole frame. */
type Read = (value: unknown, raw: Raw, bytes: readonly Uint8Array[]) => unknown
/** What is read of an object, by the names that it gets. */
type Shape = Readonly<Record<string, Read>>

const NO_BYTES: readonly Uint8Array[] = []
const FATES: readonly unknown[] = ['rejected', 'not-sent', 'maybe-executed', 'executed'] satisfies Fate[]
const GAP_REASONS: readonly unknown[] = ['epoch', 'rewound', 'trimmed', 'expired'] satisfies GapReason[]

const only =
  (test: (value: unknown) => boolean): Read =>
  (value) => {
    if (test(value)) return value
    throw NO_BYTES
  }
const optional =
  (read: Read): Read =>
  (value, raw, bytes) =>
    value === undefined ? value : read(value, raw, bytes)
const shape =
  (members: Shape): Read =>
  (value, _raw, bytes) =>
    readShape(members, value, bytes)

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= 256
const isId = (value: unknown): boolean => isCount(value) && value !== 0
const count = only(isCount)
const id = only(isId)
const text = only(isText)
const flag = only((value) => typeof value === 'boolean')
const code = only((value) => isText(value) && String(value).length <= 128)
const message: Read = (value) => (typeof value === 'string' ? value : '')
const issues: Read = (value) =>
  Array.isArray(value)
    ? value.filter((issue: Issue | null | undefined) => typeof issue?.message === 'string')
    : undefined
const maybeCount = optional(count)
const short = only((value) => value === '' || isText(value))
const position = shape({ epoch: short, offset: count, tag: short })
const gap = shape({ reason: only((value) => GAP_REASONS.includes(value)), missed: maybeCount, position })
const payload: Shape = { data: (value) => value, meta: (value) => value, bytes: (_value, _raw, bytes) => bytes }
const counted: Shape = { received: count }
const numbered: Shape = { as: count }
const listed: Shape = {
  identity: only((value) => typeof value === 'string'),
  data: payload['data'] as Read,
  meta: payload['data'] as Read,
}
const present: Shape = { as: count, version: count, count }

/** The kinds. The first name of each gets the value of the kind's own member. */
const KINDS: Readonly<Record<string, Shape>> = {
  ok: { id, ...payload },
  event: {
    as: count,
    offset: maybeCount,
    tag: optional(text),
    key: optional(short),
    removed: optional(only((value) => value === true)),
    ...payload,
  },
  snapshot: { as: count, position, ...payload },
  item: { id, cursor: optional(text), ...payload },
  error: {
    id: (value) => (value === null ? value : id(value, {}, NO_BYTES)),
    code,
    message,
    fate: (value) => (FATES.includes(value) ? value : undefined),
    issues,
    correlationId: optional(text),
    retryAfterMs: maybeCount,
    ...payload,
  },
  end: { id },
  ack: counted,
  ping: counted,
  pong: counted,
  subbed: { id, as: count, position: optional(position), behind: maybeCount, gap: optional(gap) },
  live: numbered,
  behind: numbered,
  gap: { as: count, gap: (_value, raw) => gap(raw, raw, NO_BYTES) },
  closed: { id, code, message, issues },
  welcome: {
    session: text,
    resumed: flag,
    received: count,
    keys: text,
    heartbeat: shape({ intervalMs: count, timeoutMs: count }),
    resumeMs: count,
    limits: shape({ maxMessageBytes: count, maxCalls: count, maxSubscriptions: count }),
  },
  stale: { stale: flag },
  watched: {
    id,
    ...present,
    members: (value) => (value as unknown[]).map((member) => readShape(listed, member, NO_BYTES)),
  },
  member: { ...present, ...listed },
  left: { ...present, identity: listed['identity'] as Read },
  present,
  closing: { code: count, message, retryAfterMs: maybeCount },
  call: { id, path: text, ...payload },
  drain: {
    // Its member is an object with the time in it.
    withinMs: (value) => count((value as Raw | null)?.['withinMs'], {}, NO_BYTES),
  },
  token: { token: flag },
}

/** The member that was read last, for the sentence about a bad frame. */
let reading = ''

/** Reads one element of a server's message. `bytes` are the attachments of a binary message. */
export function parseServerFrame(raw: unknown, bytes: readonly Uint8Array[] = NO_BYTES): ServerFrame {
  if (typeof raw !== 'object' || raw === null) return bad(null, 'BAD_FRAME', 'A frame must be an object.')
  for (const kind in raw) {
    if (!Object.hasOwn(KINDS, kind)) continue
    const value = (raw as Raw)[kind]
    try {
      // The table has, for each kind, the members that its frame type names.
      return readShape(KINDS[kind] as Shape, raw, bytes, kind) as unknown as ServerFrame
    } catch {
      return bad(isId(value) ? Number(value) : null, 'BAD_FRAME', `In ${kind}: \`${reading}\` is not what it must be.`)
    }
  }
  return bad(null, Array.isArray(raw) ? 'BAD_FRAME' : 'UNSUPPORTED', 'No frame that is known here.')
}

function readShape(members: Shape, value: unknown, bytes: readonly Uint8Array[], kind?: string): Raw {
  if (typeof value !== 'object' || value === null) throw NO_BYTES
  const result: Record<string, unknown> = kind === undefined ? {} : { kind }
  let name = kind
  for (const member in members) {
    reading = name ?? member
    result[member] = (members[member] as Read)((value as Raw)[reading], value as Raw, bytes)
    name = undefined
  }
  return result
}

function bad(id: number | null, code: BadFrame['code'], message: string): BadFrame {
  return { kind: 'bad', id, code, message }
}

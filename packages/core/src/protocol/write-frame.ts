/**
 * Writes what a server sends as text.
 *
 * Not an encoder of payloads: a payload arrives as a piece of JSON that begins with a comma (codec/codec.ts), so that it
 * is encoded once and its envelope is a concatenation.
 * Rule: every function names the clause of the frame it writes.
 */

import { usualFate } from '../error/fate.js'
import type { TrunklineError } from '../error/trunkline-error.js'
import type { WelcomeFrame } from './frame.js'
import type { Gap, Position } from './position.js'

/** P3.6, P3.8. */
export function writeCount(kind: 'ping' | 'pong' | 'ack', received: number): string {
  return `{"${kind}":${received}}`
}

/** P3.10: `true` where a token was taken, `false` to ask for a new one. */
export function writeToken(token: boolean): string {
  return JSON.stringify({ token })
}

/** P3.4. */
export function writeWelcome(
  { session, resumed, received, keys }: Pick<WelcomeFrame, 'session' | 'resumed' | 'received' | 'keys'>,
  settings: string,
): string {
  return `{"welcome":${JSON.stringify(session)},"resumed":${resumed},"received":${received},"keys":${JSON.stringify(keys)},${settings}}`
}

/** What is the same in every `welcome` of a server, as `writeWelcome` takes it. */
export function writeSettings({
  heartbeat,
  resumeMs,
  limits,
}: Pick<WelcomeFrame, 'heartbeat' | 'resumeMs' | 'limits'>): string {
  return JSON.stringify({ heartbeat, resumeMs, limits }).slice(1, -1)
}

/** P5.2. */
export function writeOk(id: number, payload: string): string {
  return `{"ok":${id}${payload}}`
}

/** P5.2. `payload` is the encoded data of a declared error, else empty. */
export function writeError(id: number | null, error: TrunklineError, payload: string): string {
  let frame = `{"error":${id},"code":${JSON.stringify(error.code)},"message":${JSON.stringify(error.message)}${payload}`
  if (error.fate !== usualFate(error.code)) frame += `,"fate":"${error.fate}"`
  if (error.issues !== undefined) frame += `,"issues":${JSON.stringify(error.issues)}`
  if (error.correlationId !== undefined) frame += `,"correlationId":${JSON.stringify(error.correlationId)}`
  if (error.retryAfterMs !== undefined) frame += `,"retryAfterMs":${error.retryAfterMs}`
  return `${frame}}`
}

/** P5.5. */
export function writeItem(id: number, payload: string, cursor?: string): string {
  return cursor === undefined
    ? `{"item":${id}${payload}}`
    : `{"item":${id}${payload},"cursor":${JSON.stringify(cursor)}}`
}

/** P5.6. */
export function writeEnd(id: number): string {
  return `{"end":${id}}`
}

/** P6.2. */
export function writeSubbed(
  id: number,
  as: number,
  options: {
    readonly position?: Position | undefined
    readonly behind?: number | undefined
    readonly gap?: Gap | undefined
  } = {},
): string {
  return JSON.stringify({ subbed: id, as, ...options })
}

/** P6.3. */
export function writeEvent(as: number, offset: number | undefined, tag: string | undefined, payload: string): string {
  return offset === undefined
    ? `{"event":${as}${payload}}`
    : `{"event":${as},"offset":${offset},"tag":"${tag}"${payload}}`
}

/** P6.11. */
export function writeEntry(
  as: number,
  version: number,
  key: string,
  isRemoved: boolean | undefined,
  payload: string,
): string {
  const removed = isRemoved ? ',"removed":true' : ''
  return `{"event":${as},"offset":${version},"key":${JSON.stringify(key)}${removed}${payload}}`
}

/** P6.12. */
export function writeSnapshot(as: number, position: Position, payload: string): string {
  return `{"snapshot":${as},"position":${JSON.stringify(position)}${payload}}`
}

/** P6.5. */
export function writeGap(as: number, gap: Gap): string {
  return JSON.stringify({ gap: as, ...gap })
}

/** P6.2, P6.6. */
export function writeLive(kind: 'live' | 'behind', as: number): string {
  return `{"${kind}":${as}}`
}

/** P6.7. */
export function writeClosed(id: number, error: TrunklineError): string {
  return JSON.stringify({ closed: id, code: error.code, message: error.message, issues: error.issues })
}

/** P6.9. */
export function writeStale(stale: boolean): string {
  return `{"stale":${stale}}`
}

/** P6.13. `members` are written by `writeListed`. */
export function writeWatched(id: number, as: number, version: number, count: number, members: string[]): string {
  return `{"watched":${id},"as":${as},"version":${version},"count":${count},"members":[${members.join()}]}`
}

/** P6.13: one member in the list. */
export function writeListed(identity: string, payload: string): string {
  return `{"identity":${JSON.stringify(identity)}${payload}}`
}

/** P6.14. */
export function writeMember(as: number, version: number, count: number, identity: string, payload: string): string {
  return `{"member":${as},"version":${version},"count":${count},"identity":${JSON.stringify(identity)}${payload}}`
}

/** P6.14. */
export function writeLeft(as: number, version: number, count: number, identity: string): string {
  return `{"left":${as},"version":${version},"count":${count},"identity":${JSON.stringify(identity)}}`
}

/** P6.14. */
export function writePresent(as: number, version: number, count: number): string {
  return `{"present":${as},"version":${version},"count":${count}}`
}

/** P3.5. */
export function writeClosing(code: number, message: string, retryAfterMs?: number): string {
  return JSON.stringify({ closing: code, message, retryAfterMs })
}

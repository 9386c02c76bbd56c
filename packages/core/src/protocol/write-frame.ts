/**
 * Writes frames as text.
 *
 * Not an encoder of payloads: a payload arrives as a piece of JSON that begins with a comma (codec/codec.ts), so that it
 * is encoded once and its envelope is a concatenation.
 * Rule: every function names the clause of the frame it writes.
 */

import { usualFate } from '../error/fate.js'
import type { TrunklineError } from '../error/trunkline-error.js'
import type { WelcomeFrame } from './frame.js'
import { DEFAULT_TIMEOUT_MS } from './limits.js'
import type { Gap, Position, Since } from './position.js'

/** What a call frame may carry beside path and payload. */
export interface CallOptions {
  readonly timeoutMs?: number | undefined
  readonly key?: string | undefined
  readonly resend?: boolean | undefined
  readonly keys?: string | undefined
  readonly lastEventId?: string | undefined
  readonly trace?: string | undefined
}

/** P5.1. `path` is written as JSON. */
export function writeCall(
  kind: 'query' | 'mutate' | 'subscribe',
  id: number,
  path: string,
  payload: string,
  options: CallOptions,
): string {
  let frame = `{"${kind}":${id},"path":${JSON.stringify(path)}${payload}`
  if (options.timeoutMs !== undefined && options.timeoutMs !== DEFAULT_TIMEOUT_MS) {
    frame += `,"timeoutMs":${options.timeoutMs}`
  }
  if (options.key !== undefined) frame += `,"key":${JSON.stringify(options.key)}`
  if (options.resend === true) frame += ',"resend":true'
  if (options.keys !== undefined) frame += `,"keys":${JSON.stringify(options.keys)}`
  if (options.lastEventId !== undefined) frame += `,"lastEventId":${JSON.stringify(options.lastEventId)}`
  if (options.trace !== undefined) frame += `,"trace":${JSON.stringify(options.trace)}`
  return `${frame}}`
}

/** P5.3. */
export function writeCancel(id: number): string {
  return `{"cancel":${id}}`
}

/** P5.5. */
export function writeTaken(id: number, count: number): string {
  return `{"taken":${id},"n":${count}}`
}

/** P5.9. */
export function writePublish(id: number, topic: string, params: unknown, payload: string, key?: string): string {
  const keyMember = key === undefined ? '' : `,"key":${JSON.stringify(key)}`
  return `{"publish":${id},"topic":${JSON.stringify(topic)}${paramsMember(params)}${payload}${keyMember}}`
}

/** P6.1. */
export function writeSub(id: number, topic: string, params: unknown, since: Since): string {
  const sinceMember = since === 'now' ? '' : `,"since":${JSON.stringify(since)}`
  return `{"sub":${id},"topic":${JSON.stringify(topic)}${paramsMember(params)}${sinceMember}}`
}

function paramsMember(params: unknown): string {
  return params === undefined ? '' : `,"params":${JSON.stringify(params)}`
}

/** P6.8. */
export function writeUnsub(id: number): string {
  return `{"unsub":${id}}`
}

/** P3.1. */
export function writeHello(client: string, session: string, received?: number, token?: string): string {
  return JSON.stringify({ hello: client, session, received, token })
}

/** P3.6, P3.8. */
export function writeCount(kind: 'ping' | 'pong' | 'ack', received: number): string {
  return `{"${kind}":${received}}`
}

/** P3.9. */
export const BYE = '{"bye":true}'

/** P3.10: from the client with the token, from the server with `true`. */
export function writeToken(token: string | true): string {
  return JSON.stringify({ token })
}

/** P3.4. */
export function writeWelcome(welcome: Omit<WelcomeFrame, 'kind'>): string {
  const { session, ...rest } = welcome
  return JSON.stringify({ welcome: session, ...rest })
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

/** P5.10. */
export function writeFailure(id: number, code: string): string {
  return `{"failure":${id},"code":${JSON.stringify(code)}}`
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

/** P3.5. */
export function writeClosing(code: number, message: string, retryAfterMs?: number): string {
  return JSON.stringify({ closing: code, message, retryAfterMs })
}

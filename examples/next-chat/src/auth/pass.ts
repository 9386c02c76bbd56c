/**
 * The pass in the cookie: a name and a date, signed. Plainly an example: who signs in with a name is believed.
 *
 * Rule: nothing of a pass is believed before its signature was compared in constant time.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { PersonName } from '../chat/room-state'

export const PASS_COOKIE = 'next-chat-pass'
export const PASS_LASTS_MS = 7 * 24 * 60 * 60_000

const Pass = v.object({ name: PersonName, expiresAtMs: v.number() })
export type Pass = v.InferOutput<typeof Pass>

/** Makes and reads passes. */
export interface Passes {
  issue(name: string): string
  /** `undefined` when it was not made here, or is over. */
  read(cookie: string | undefined): Pass | undefined
}

export function createPasses(secret: string): Passes {
  const sign = (body: string): Buffer => createHmac('sha256', secret).update(body).digest()
  return {
    issue: (name) => {
      const pass: Pass = { name, expiresAtMs: Date.now() + PASS_LASTS_MS }
      const body = Buffer.from(JSON.stringify(pass)).toString('base64url')
      return `${body}.${sign(body).toString('base64url')}`
    },
    read: (cookie = '') => {
      const [body = '', signature = ''] = cookie.split('.')
      const given = Buffer.from(signature, 'base64url')
      const right = sign(body)
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
      const { success, output } = v.safeParse(Pass, JSON.parse(Buffer.from(body, 'base64url').toString()))
      return success && output.expiresAtMs > Date.now() ? output : undefined
    },
  }
}

/** The value of a cookie in a `Cookie` header. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name) return value
  }
  return undefined
}

import { randomBytes } from 'node:crypto'

/** 128 random bits in base64url (P3.2). */
export function newSessionToken(): string {
  return randomBytes(16).toString('base64url')
}

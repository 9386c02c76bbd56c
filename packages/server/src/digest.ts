import { createHash } from 'node:crypto'

/** The first 128 bits of SHA-256 in base64url: names a text that is secret, or too long, as uniquely as it is itself. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

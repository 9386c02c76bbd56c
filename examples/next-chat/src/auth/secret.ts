import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The secret that signs cookies: `CHAT_SECRET`, else one that is made once and kept, so that a restart signs nobody out. */
export function loadSecret(folder: string): string {
  const given = process.env['CHAT_SECRET']
  if (given !== undefined && given !== '') return given
  const file = join(folder, 'secret')
  if (existsSync(file)) return readFileSync(file, 'utf8')
  mkdirSync(folder, { recursive: true })
  const secret = randomBytes(32).toString('base64url')
  writeFileSync(file, secret, { mode: 0o600 })
  return secret
}

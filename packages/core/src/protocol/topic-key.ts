/**
 * The canonical name of a topic with its params (P7.2).
 *
 * Rule: two params that say the same give the same key, whatever the order of their members.
 */
import { TrunklineError } from '../error/trunkline-error.js'
import { MAX_TOPIC_KEY_BYTES } from './limits.js'

// Also what ends a circle; 256 bytes hold no use for more.
const MAX_DEPTH = 8

/**
 * Makes the key of a topic.
 *
 * @throws TrunklineError `INVALID_INPUT` when params are not plain JSON or the key is longer than 256 bytes.
 */
export function topicKey(path: string, params: unknown): string {
  const key = `${path}?${canonical(params ?? {}, 0)}`
  const bytes = utf8Length(key)
  if (bytes <= MAX_TOPIC_KEY_BYTES) return key
  throw new TrunklineError(
    'INVALID_INPUT',
    `The params of topic ${path} take ${bytes} bytes with its path; at most ${MAX_TOPIC_KEY_BYTES} are allowed.`,
    { path },
  )
}

function canonical(value: unknown, depth: number): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (typeof value === 'object') {
    if (depth === MAX_DEPTH)
      throw new TrunklineError('INVALID_INPUT', `Topic params are at most ${MAX_DEPTH} levels deep.`)
    if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) {
      const members = Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
      return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member, depth + 1)}`).join(',')}}`
    }
  }
  throw new TrunklineError('INVALID_INPUT', `Topic params are plain JSON, but hold ${describe(value)}.`)
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'an instance of a class'
  return typeof value === 'number' ? String(value) : typeof value
}

/** Bytes of `text` in UTF-8; a lone surrogate counts as the three bytes of its replacement. */
function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

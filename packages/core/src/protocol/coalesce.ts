/**
 * Joins the frames of one turn into as few messages as the spec allows (P2.6), keeping their order.
 *
 * Not the outbox: it decides when. Rule: binary and prepared messages are entries like any other and overtake nothing.
 */
import type { Message } from '../transport.js'
import { MAX_COALESCED_BYTES, MAX_FRAMES_PER_MESSAGE } from './limits.js'

/** Hands `entries` to `send` in order, runs of text frames joined to arrays. */
export function coalesce(entries: readonly Message[], send: (message: Message) => void): void {
  let run: string[] = []
  // The opening bracket; each frame adds its length and the comma or the closing bracket behind it.
  let runBytes = 1
  const sendRun = (): void => {
    if (run.length > 0) send(run.length === 1 ? (run[0] ?? '') : `[${run.join(',')}]`)
    run = []
    runBytes = 1
  }
  for (const entry of entries) {
    if (typeof entry !== 'string') {
      sendRun()
      send(entry)
      continue
    }
    if (runBytes + entry.length + 1 > MAX_COALESCED_BYTES || run.length === MAX_FRAMES_PER_MESSAGE) sendRun()
    run.push(entry)
    runBytes += entry.length + 1
  }
  sendRun()
}

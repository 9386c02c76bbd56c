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
  let runBytes = 0
  const sendRun = (): void => {
    if (run.length > 0) send(run.length === 1 ? (run[0] ?? '') : `[${run.join(',')}]`)
    run = []
    runBytes = 0
  }
  for (const entry of entries) {
    if (typeof entry !== 'string') {
      sendRun()
      send(entry)
      continue
    }
    if (runBytes + entry.length > MAX_COALESCED_BYTES || run.length === MAX_FRAMES_PER_MESSAGE) sendRun()
    run.push(entry)
    runBytes += entry.length + 1
  }
  sendRun()
}

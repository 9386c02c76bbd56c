/**
 * When a lost connection is tried again, and whether at all.
 *
 * Not a timer and not a state: numbers in, numbers out. Rule: what a close code means stands in core's table.
 */
import { type AfterClose, afterClose } from '@trunkline/core'

/** How a client comes back. */
export interface ReconnectOptions {
  /** The first delay is random between 0 and this, in milliseconds; it doubles with each attempt. Default 250. */
  readonly baseMs?: number | undefined
  /** Longest delay in milliseconds. Default 20_000. */
  readonly capMs?: number | undefined
  /** How long a connection must have been open for the delay to start over, in milliseconds. Default 10_000. */
  readonly resetAfterMs?: number | undefined
  /** Decides differently from the table of close codes, for instance to go on after a fatal one. */
  readonly decide?: ((code: number, usual: AfterClose) => AfterClose) | undefined
}

export interface Reconnect {
  readonly resetAfterMs: number
  decide(code: number): AfterClose
  /**
   * Milliseconds to wait before `attempt`, counted from 1: anything from 0 to the doubled base (full jitter), after what the
   * server asks for. It may ask for too little or for ever: it makes nobody hammer it, or wait for more than ten minutes.
   */
  delayMs(attempt: number, askedMs?: number): number
}

const MAX_ASKED_MS = 600_000

export function createReconnect(options: ReconnectOptions, random: () => number): Reconnect {
  const { baseMs = 250, capMs = 20_000, resetAfterMs = 10_000, decide = (_code, usual) => usual } = options
  return {
    resetAfterMs,
    decide: (code) => decide(code, afterClose(code)),
    delayMs: (attempt, askedMs = 0) =>
      random() * Math.min(capMs, baseMs * 2 ** (attempt - 1)) + (askedMs > 0 ? Math.min(askedMs, MAX_ASKED_MS) : 0),
  }
}

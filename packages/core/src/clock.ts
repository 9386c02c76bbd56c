/**
 * Time as a value that is passed in.
 *
 * Not a timer wheel and not a date library: two functions, so that tests and simulations can own time.
 * Rule: nothing in Trunkline calls `setTimeout` or `Date.now` except the system clocks of server and client, and what is
 * a time on the wall: for the server the expiry of tokens, for the client how long ago it sent what it sends again.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. Never goes back within one clock. */
  now(): number
  /** Runs `callback` once, `delayMs` milliseconds from now. Returns a function that cancels it. */
  schedule(callback: () => void, delayMs: number): () => void
}

/** Where a connection stands. Immutable: a change is a new object, so it can be compared by identity. */
export interface ConnectionStatus {
  /**
   * - `idle`: not asked to connect yet, or closed because nothing used it.
   * - `connecting`: on its first attempt.
   * - `open`: welcomed by the server.
   * - `reconnecting`: lost, waiting for or making another attempt.
   * - `closed`: by `close()`, or by a code that another attempt cannot mend.
   */
  readonly state: 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed'
  /** Why it is so: the name of a close code (`TOKEN_EXPIRED`), or what happened here (`close`, `idle`, `auth`). */
  readonly reason?: string | undefined
  /** What the peer said about it, or an error's message. */
  readonly message?: string | undefined
  /** While reconnecting: which attempt this is, from 1. */
  readonly attempt?: number | undefined
  /** While reconnecting: milliseconds from the change until the attempt starts. */
  readonly retryInMs?: number | undefined
}

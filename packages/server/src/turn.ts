/**
 * The end of a turn of the event loop, once for all connections of a server.
 *
 * Not a timer: it runs in the check phase, right after the input that made the work.
 * Rule: in one turn, connections flush their own frames before topics hand out events (P6.10).
 */

/** Something that has frames to send when the turn ends. */
export interface Flushable {
  flush(): void
}

export class Turn {
  #connections: Flushable[] = []
  #topics: (() => void)[] = []
  #scheduled = false

  /** Flushes `connection` at the end of this turn. Call once per turn and connection. */
  flushConnection(connection: Flushable): void {
    this.#connections.push(connection)
    this.#schedule()
  }

  /** Runs `callback` at the end of this turn, after connections have flushed their own frames. */
  afterConnections(callback: () => void): void {
    this.#topics.push(callback)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#end)
  }

  #end = (): void => {
    this.#scheduled = false
    const connections = this.#connections
    const topics = this.#topics
    this.#connections = []
    this.#topics = []
    for (const connection of connections) connection.flush()
    for (const callback of topics) callback()
  }
}

/**
 * An async iterator that is fed from outside, for the one peer that brings no publisher of its own (graphql-ws).
 * `events.on` would do, at 40 kB a subscriber, which would count against the peer.
 */
export class EventIterator<TEvent> implements AsyncIterableIterator<TEvent, undefined> {
  readonly #waitingEvents: TEvent[] = []
  readonly #onReturn: (iterator: EventIterator<TEvent>) => void
  #waitingReader: ((result: IteratorResult<TEvent, undefined>) => void) | undefined

  constructor(onReturn: (iterator: EventIterator<TEvent>) => void) {
    this.#onReturn = onReturn
  }

  push(value: TEvent): void {
    const reader = this.#waitingReader
    this.#waitingReader = undefined
    if (reader === undefined) this.#waitingEvents.push(value)
    else reader({ done: false, value })
  }

  next(): Promise<IteratorResult<TEvent, undefined>> {
    const value = this.#waitingEvents.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    return new Promise((resolve) => {
      this.#waitingReader = resolve
    })
  }

  return(): Promise<IteratorResult<TEvent, undefined>> {
    this.#onReturn(this)
    this.#waitingReader?.({ done: true, value: undefined })
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

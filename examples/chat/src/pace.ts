/** Allows `messages` within any `perMs`. */
export class Pace {
  readonly #messages: number
  readonly #perMs: number
  /** When each recent message was sent, oldest first. */
  #recent: number[] = []

  constructor({ messages, perMs }: { messages: number; perMs: number }) {
    this.#messages = messages
    this.#perMs = perMs
  }

  /** Counts one message; returns 0, or without counting it the milliseconds to wait. */
  take(nowMs: number = Date.now()): number {
    this.#recent = this.#recent.filter((atMs) => atMs > nowMs - this.#perMs)
    const [oldestMs] = this.#recent
    if (oldestMs !== undefined && this.#recent.length >= this.#messages) return oldestMs + this.#perMs - nowMs
    this.#recent.push(nowMs)
    return 0
  }
}

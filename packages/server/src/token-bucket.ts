/**
 * A token bucket over a clock.
 *
 * Rule: what is taken is never refused; it may leave a debt, and the answer is how long to wait until that is paid.
 */
export class TokenBucket {
  readonly #perMs: number
  readonly #capacity: number
  #tokens: number
  #updatedAt: number

  constructor(perSecond: number, capacity: number, now: number) {
    this.#perMs = perSecond / 1_000
    this.#capacity = capacity
    this.#tokens = capacity
    this.#updatedAt = now
  }

  /** Takes `count`; gives the milliseconds until the bucket is out of debt, 0 when it is not in debt. */
  take(count: number, now: number): number {
    if (now > this.#updatedAt) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#updatedAt) * this.#perMs)
      this.#updatedAt = now
    }
    this.#tokens -= count
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs)
  }

  /** Whether `take(1)` would not go into debt. */
  has(now: number): boolean {
    return this.#tokens + (now - this.#updatedAt) * this.#perMs >= 1
  }
}

/**
 * The place of one topic subscription or watch among those of its connection.
 *
 * Not the subscription (topics/subscription.ts). Rule: as with a call (P5.4), a slot counts until what the app does for it
 * has settled, not until the peer gave it up: else `sub` and `unsub` in turn would run `authorize` without end.
 */
import type { Connection } from './connection.js'

export class TopicSlot {
  /** Whether it was granted, and the hub or a room has it. */
  isOpen = false
  readonly #connection: Connection
  #running = 0
  #isGivenUp = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Runs what the app does for it: `authorize`, `snapshot`. */
  async run<TResult>(work: () => Promise<TResult>): Promise<TResult> {
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      if (this.#isGivenUp && this.#running === 0) this.#connection.givenUpTopics -= 1
    }
  }

  /** The peer gave it up; nothing begins for it any more. */
  giveUp(): void {
    this.#isGivenUp = true
    if (this.#running > 0) this.#connection.givenUpTopics += 1
  }
}

/**
 * The place of one topic subscription or watch among those of its connection.
 *
 * Not the subscription (topics/subscription.ts). Rule: as with a call (P5.4), a slot counts until what the app does for it
 * has settled, not until the peer gave it up: else `sub` and `unsub` in turn would run `authorize` without end.
 */
import type { Since, TrunklineError } from '@trunkline/core'
import type { SubFrame, WatchFrame } from '@trunkline/core/protocol'
import type { Connection } from './connection.js'
import type { Grant } from './grant.js'
import type { SubscribeRequest } from './topics/subscription.js'

/** It is itself what the hub or a room is asked with: closures for that were half a kilobyte of an idle subscription. */
export class TopicSlot implements SubscribeRequest {
  readonly id: number
  readonly since: Since
  takeSnapshot: SubscribeRequest['takeSnapshot']
  /** What `authorize` agreed to; `undefined` before, and where the topic asks nobody. */
  grant: Grant | undefined
  /** Whether it was granted, and the hub or a room has it. */
  isOpen = false
  readonly #connection: Connection
  readonly #path: string
  #running = 0
  #isGivenUp = false

  /** Takes a place among those of the connection, until `giveUp` or `onClosed`. */
  constructor(connection: Connection, frame: SubFrame | WatchFrame) {
    this.id = frame.id
    this.since = frame.kind === 'sub' ? frame.since : 'now'
    this.takeSnapshot = undefined
    this.grant = undefined
    this.#connection = connection
    this.#path = frame.topic
    connection.topics.set(frame.id, this)
  }

  /** Whether it has left its place. */
  get isOver(): boolean {
    return this.#connection.topics.get(this.id) !== this
  }

  recheck(): Promise<void> | undefined {
    return this.grant?.recheck()
  }

  /** It ended with an error that its client is told. */
  onClosed(error: TrunklineError): void {
    const { topics, services, session } = this.#connection
    topics.delete(this.id)
    this.giveUp()
    services.observer.callFailed(this.#path, session?.identity ?? '', error.code)
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

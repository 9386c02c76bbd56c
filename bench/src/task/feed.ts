import * as v from 'valibot'
import { WrongAnswerError } from './wrong-answer-error.js'

/** One event of the topic that subscribers follow, about 120 bytes as JSON: a chat message. */
export interface FeedEvent {
  seq: number
  from: string
  text: string
}

export const feedEventSchema = v.object({ seq: v.number(), from: v.string(), text: v.string() })

const text = 'The quick brown fox jumps over the lazy dog, and then it does so again.'

export function makeFeedEvent(seq: number): FeedEvent {
  return { seq, from: 'ada', text }
}

/**
 * What the servers without a log of their own keep so that a subscriber can come back: the last `capacity` events.
 * Trunkline and Socket.IO bring their own.
 */
export class FeedHistory {
  readonly #events: FeedEvent[] = []
  readonly #capacity: number

  constructor(capacity = 1_000) {
    this.#capacity = capacity
  }

  add(event: FeedEvent): void {
    this.#events.push(event)
    if (this.#events.length > this.#capacity) this.#events.shift()
  }

  since(seq: number): FeedEvent[] {
    return this.#events.filter((event) => event.seq > seq)
  }
}

/** Checks that one subscriber sees every event once and in order, from the first one it got. */
export class FeedChecker {
  lastSeq = 0

  receive(event: FeedEvent): void {
    if (event.seq !== this.lastSeq + 1 && this.lastSeq !== 0) {
      throw new WrongAnswerError(`feed: event ${event.seq} came after ${this.lastSeq}`)
    }
    if (event.from !== 'ada' || event.text !== text) throw new WrongAnswerError(`feed: event ${event.seq} is damaged`)
    this.lastSeq = event.seq
  }
}

/**
 * The ids of recent events with what became of them (P7.6).
 *
 * Rule: an id is remembered for at least two minutes, unless more than `MAX_IDS` came in that time: then for so many
 * events. Two generations instead of a timer per id: a lookup is at most two Map reads and forgetting is free.
 */
import type { Position } from '@trunkline/core'

/** How long the id of an event is remembered at least, in milliseconds. */
export const REMEMBER_ID_MS = 120_000
const MAX_IDS = 65_536

export class RecentIds {
  #current = new Map<string, Position | undefined>()
  #previous = new Map<string, Position | undefined>()
  #startedAtMs: number

  constructor(nowMs: number) {
    this.#startedAtMs = nowMs
  }

  has(id: string): boolean {
    return this.#current.has(id) || this.#previous.has(id)
  }

  /** The position of the event with this id; `undefined` for an ephemeral one. */
  positionOf(id: string): Position | undefined {
    return this.#current.get(id) ?? this.#previous.get(id)
  }

  add(id: string, position: Position | undefined, nowMs: number): void {
    if (this.#current.size >= MAX_IDS) this.#turn(nowMs)
    this.#current.set(id, position)
  }

  /** Lets go of what is older than twice the time. Call before a lookup. */
  expire(nowMs: number): void {
    if (nowMs - this.#startedAtMs < REMEMBER_ID_MS) return
    // Nothing was added for a whole generation: both are too old.
    if (nowMs - this.#startedAtMs >= 2 * REMEMBER_ID_MS) this.#current = new Map()
    this.#turn(nowMs)
  }

  /** Forgets the events after an offset, which are no part of the history any more. */
  forgetAfter(offset: number): void {
    for (const ids of [this.#current, this.#previous]) {
      for (const [id, position] of ids) if (position !== undefined && position.offset > offset) ids.delete(id)
    }
  }

  get isEmpty(): boolean {
    return this.#current.size === 0 && this.#previous.size === 0
  }

  #turn(nowMs: number): void {
    this.#previous = this.#current
    this.#current = new Map()
    this.#startedAtMs = nowMs
  }
}

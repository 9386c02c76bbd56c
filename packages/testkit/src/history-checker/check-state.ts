/**
 * Judges the states that a subscriber of a topic with a snapshot was given, and what it made of them.
 *
 * Not its place (check-subscriber.ts). Rule: a state holds every effect up to its position and may hold more; in the end a
 * state and the events after it are what the history makes.
 * @see spec/PROTOCOL.md#6-topic-subscriptions
 */
import type { Position } from '@trunkline/core'
import type { FindingKind } from './finding.js'
import type { HistoryEntry, TopicHistory, TopicTruth } from './topic-history.js'

export class StateJudge {
  readonly #truth: TopicTruth
  readonly #history: TopicHistory
  readonly #keyOf: (id: string) => string
  readonly #report: (kind: FindingKind, message: string) => void
  /** By part: the id of the event that set it; `undefined` while no state came. */
  #state: Map<string, string> | undefined

  constructor(truth: TopicTruth, history: TopicHistory, report: (kind: FindingKind, message: string) => void) {
    this.#truth = truth
    this.#history = history
    this.#keyOf = truth.keyOf ?? ((id) => id)
    this.#report = report
  }

  /** It begins without a state. */
  clear(): void {
    this.#state = undefined
  }

  /** A state came. One of which the test does not know what is in it is not judged. */
  take(position: Position, state: ReadonlyMap<string, string> | undefined): void {
    this.#state = state && new Map(state)
    if (state === undefined) return
    const past = new Map([...this.#history.pastOf(position)].map(({ id, offset }) => [id, offset]))
    const lacking = [...newestByKey(this.#history, position, this.#keyOf)].filter(([key, { id, offset }]) => {
      const held = state.get(key)
      // What is not in the past of the position is newer: stored before it was published.
      return held === undefined || (held !== id && (past.get(held) ?? Number.POSITIVE_INFINITY) < offset)
    })
    if (lacking.length === 0) return
    const ids = lacking.slice(0, 3).map(([, { id }]) => id)
    this.#report('wrong-snapshot', `the state at ${position.offset} lacks ${lacking.length} effects: ${ids.join(', ')}`)
  }

  /** An event came. */
  apply(id: string): void {
    this.#state?.set(this.#keyOf(id), id)
  }

  /** All has come to rest. */
  finish(): void {
    if (this.#state === undefined) return
    const { state = reduced(this.#history, this.#keyOf) } = this.#truth
    for (const [key, id] of state) {
      const held = this.#state.get(key)
      if (held !== id) this.#report('wrong-state', `${key} is ${held ?? 'missing'} and should be ${id}`)
    }
  }
}

/** What the surviving history makes. */
function reduced(history: TopicHistory, keyOf: (id: string) => string): Map<string, string> {
  return new Map([...newestByKey(history, history.top, keyOf)].map(([key, { id }]) => [key, id]))
}

/** The event that set each part of the state last, up to a position. */
function newestByKey(
  history: TopicHistory,
  position: Position,
  keyOf: (id: string) => string,
): Map<string, HistoryEntry> {
  const newest = new Map<string, HistoryEntry>()
  for (const entry of history.pastOf(position)) {
    const key = keyOf(entry.id)
    if (!newest.has(key)) newest.set(key, entry)
  }
  return newest
}

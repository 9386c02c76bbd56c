/**
 * Judges what came of a sequence that has no positions: items of a subscription, or ephemeral events.
 *
 * Rule: what comes was sent, as often as it was sent, and after everything that was sent before it; where nothing may be
 * lost, nothing is. (A broker that crashed has forgotten what it took: a publish that is sent again is sent twice.)
 */
import { createReport, type Finding, type FindingKind } from './finding.js'

/** Judges one thing after the other; findings go where the caller says. */
export class SequenceJudge {
  /** Where each id was sent, in order. */
  readonly #places: ReadonlyMap<string, readonly number[]>
  readonly #mayLose: boolean
  readonly #report: (kind: FindingKind, message: string) => void
  readonly #seen = new Set<number>()
  #last: number | undefined

  constructor(sent: readonly string[], mayLose: boolean, report: (kind: FindingKind, message: string) => void) {
    const places = new Map<string, number[]>()
    for (const [place, id] of sent.entries()) {
      const known = places.get(id)
      if (known === undefined) places.set(id, [place])
      else known.push(place)
    }
    this.#places = places
    this.#mayLose = mayLose
    this.#report = report
  }

  /** How many were sent up to the last one that came. */
  get reached(): number {
    return this.#last === undefined ? 0 : this.#last + 1
  }

  take(id: string): void {
    const places = this.#places.get(id)
    if (places === undefined) return this.#report('not-in-history', `${id} came and was never sent`)
    const unseen = places.filter((place) => !this.#seen.has(place))
    const place = unseen.find((each) => each >= this.reached)
    if (place === undefined) {
      const [late] = unseen
      if (late === undefined) return this.#report('duplicate', `${id} came again`)
      this.#seen.add(late)
      return this.#report('reordered', `${id} came after what was sent later`)
    }
    this.#seen.add(place)
    const missing = place - this.reached
    if (missing > 0 && !this.#mayLose) this.#report('silent-gap', `${missing} are missing before ${id}`)
    this.#last = place
  }
}

/** What one consumer of a sequence got. */
export interface SequenceRecord {
  readonly subscriber: string
  readonly ids: Iterable<string>
}

/** Options of `checkSequence`. */
export interface SequenceOptions {
  /** Ephemeral events may be dropped; items of a subscription may not. Default false. */
  readonly mayLose?: boolean | undefined
  /** Everything has come to rest: what was sent last must have come. Default true, where nothing may be lost. */
  readonly isSettled?: boolean | undefined
}

/**
 * Judges what a consumer got of a sequence without positions.
 *
 * @param topic - names the sequence in findings.
 * @param sent - an id of each, in the order in which they were sent.
 */
export function checkSequence(
  topic: string,
  sent: readonly string[],
  { subscriber, ids }: SequenceRecord,
  { mayLose = false, isSettled = !mayLose }: SequenceOptions = {},
): Finding[] {
  const { findings, report } = createReport(topic, subscriber)
  let at = 0
  const judge = new SequenceJudge(sent, mayLose, (kind, message) => report(kind, message, at))
  for (const id of ids) {
    judge.take(id)
    at += 1
  }
  if (isSettled && judge.reached < sent.length) {
    report('not-converged', `${judge.reached} came, and ${sent.length} were sent`, at)
  }
  return findings
}

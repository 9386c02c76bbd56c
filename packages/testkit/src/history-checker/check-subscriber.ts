/**
 * Judges what one subscriber of a `log` or `ephemeral` topic saw.
 *
 * Not aware of time: it reads the sightings in order, with the history as it was in the end.
 * Rule: a subscriber's place moves by the next event of the history that it is in, or by a gap or a snapshot that names a
 * place; any other move is a finding, and judging goes on behind it so that one fault is reported once.
 */
import type { Gap, Position, Since } from '@trunkline/core'
import { SequenceJudge } from './check-sequence.js'
import { StateJudge } from './check-state.js'
import { type Finding, type FindingKind, severityOf } from './finding.js'
import type { Sighting, SubscriberRecord } from './sighting.js'
import { type HistoryEntry, isSamePosition as isSame, type TopicHistory, type TopicTruth } from './topic-history.js'

/** Judges one subscriber; `isSettled` when everything was healed and has come to rest, so that it must have converged. */
export function checkSubscriber(
  truth: TopicTruth,
  history: TopicHistory,
  record: SubscriberRecord,
  isSettled: boolean,
): Finding[] {
  const judge = new SubscriberJudge(truth, history, record.subscriber)
  let index = 0
  for (const sighting of record.sightings) judge.take(sighting, index++)
  judge.finish(index, isSettled)
  return judge.findings
}

class SubscriberJudge {
  readonly findings: Finding[] = []
  readonly #history: TopicHistory
  readonly #subscriber: string
  readonly #ephemeral: SequenceJudge
  readonly #state: StateJudge
  #index = 0
  #isEnded = true
  /** The place of the subscriber; `undefined` while it saw nothing that tells. */
  #cursor: Position | undefined
  /** While there is no cursor: everything accepted after this is due. */
  #floor: Position | undefined
  #since: Since = 'now'
  /** Where the history ended when it subscribed. */
  #startedAt: Position | undefined
  #wasLive = false
  /** Runs of events that were seen since the last gap that undid some: each one's last, and where it began. */
  #seen: { readonly from: number; last: Position }[] = []
  /** Events and places that did not survive and wait for a gap that says so. */
  #undone: { at: number; position: Position }[] = []

  constructor(truth: TopicTruth, history: TopicHistory, subscriber: string) {
    const report = (kind: FindingKind, message: string): void => this.#report(kind, message)
    this.#history = history
    this.#subscriber = subscriber
    this.#ephemeral = new SequenceJudge(truth.ephemeral ?? [], true, report)
    this.#state = new StateJudge(truth, history, report)
  }

  take(sighting: Sighting, index: number): void {
    this.#index = index
    if (sighting.kind === 'started') return this.#start(sighting.since, sighting.top)
    if (sighting.kind === 'ended') {
      this.#isEnded = true
      return
    }
    if (this.#isEnded)
      return this.#report('after-end', `a sighting of kind ${sighting.kind} while it was not subscribed`)
    switch (sighting.kind) {
      case 'placed':
        return this.#placed(sighting.position)
      case 'event':
        return this.#event(sighting.id, sighting.position)
      case 'ephemeral':
        return this.#ephemeral.take(sighting.id)
      case 'entry':
        return this.#report('not-in-history', `an entry came (${sighting.key}), but this topic is no table`)
      case 'snapshot':
        return this.#snapshot(sighting.position, sighting.state)
      case 'gap':
        return this.#gap(sighting.gap)
      case 'live':
        this.#wasLive = true
        this.#floor ??= sighting.top
    }
  }

  finish(index: number, isSettled: boolean): void {
    this.#index = index
    // Who left before a failover undid what it saw could not be told.
    if (this.#isEnded) return
    for (const { at, position } of this.#undone) {
      this.#report('not-in-history', `${show(position)} was undone, and no rewound or epoch gap followed`, at)
    }
    if (!isSettled) return
    this.#converged()
    this.#state.finish()
  }

  #start(since: Since, top: Position | undefined): void {
    this.#isEnded = false
    this.#since = since
    this.#startedAt = top
    this.#wasLive = false
    this.#floor = undefined
    this.#forgive()
    this.#state.clear()
    this.#cursor = typeof since === 'object' && 'epoch' in since ? since : undefined
    if (this.#cursor !== undefined) this.#waitForUndo(this.#cursor)
  }

  /** It was told where events begin. */
  #placed(position: Position): void {
    const history = this.#history
    const cursor = this.#cursor
    const startedAt = this.#startedAt
    if (!history.isKnown(position)) this.#report('not-in-history', `it begins at ${show(position)}, which never was`)
    if (cursor !== undefined) {
      if (!isSame(cursor, position))
        this.#report('silent-gap', `it was at ${show(cursor)} and begins at ${show(position)}`)
    } else if (this.#since === 'start' && position.offset >= history.oldest && history.survives(position)) {
      this.#report(
        'silent-gap',
        `it begins behind ${show(position)}, but the oldest event that is kept is ${history.oldest}`,
      )
    } else if (this.#since === 'now' && startedAt !== undefined && this.#isBeyond(position, startedAt)) {
      this.#report('silent-gap', `it begins at ${show(position)}, but it subscribed at ${show(startedAt)}`)
    }
    this.#moveTo(position)
  }

  #snapshot(position: Position, state: ReadonlyMap<string, string> | undefined): void {
    if (!this.#history.isKnown(position)) {
      this.#report('wrong-snapshot', `it stands at ${show(position)}, which was never in a history`)
    }
    this.#state.take(position, state)
    // It takes the place of all that was there before.
    this.#forgive()
    this.#moveTo(position)
  }

  #moveTo(position: Position): void {
    this.#cursor = position
    this.#waitForUndo(position)
  }

  /** What did not survive must be taken back later. */
  #waitForUndo(position: Position): void {
    if (!this.#history.survives(position)) this.#undone.push({ at: this.#index, position })
  }

  #event(id: string, position: Position): void {
    const history = this.#history
    const entry = history.find(position)
    if (entry === undefined) return this.#report('not-in-history', `${show(position)} was never accepted`)
    if (entry.id !== id) {
      return this.#report('not-in-history', `${show(position)} is ${entry.id}, but the event that came is ${id}`)
    }
    const cursor = this.#cursor
    if (cursor === undefined) this.#first(position)
    else if (!follows(entry, cursor)) {
      if (this.#hasSeen(position)) {
        return this.#report('duplicate', `${show(position)} (${id}) came again; it was at ${show(cursor)}`)
      }
      if (history.leadsTo(position, cursor)) {
        return this.#report('reordered', `${show(position)} (${id}) came after ${show(cursor)}`)
      }
      const jump = history.leadsTo(cursor, position)
        ? `${position.offset - cursor.offset - 1} events are missing`
        : 'it is in another history'
      this.#report('silent-gap', `${show(position)} (${id}) came after ${show(cursor)}: ${jump}`)
      this.#undone = []
    }
    this.#cursor = position
    if (!history.isKept(entry)) this.#undone.push({ at: this.#index, position })
    const run = this.#seen.at(-1)
    if (run !== undefined && follows(entry, run.last)) run.last = position
    else this.#seen.push({ from: position.offset, last: position })
    this.#state.apply(id)
  }

  #hasSeen(position: Position): boolean {
    return this.#seen.some(({ from, last }) => position.offset >= from && this.#history.leadsTo(position, last))
  }

  /** The first event of a subscriber that has no place. */
  #first(position: Position): void {
    const floor = this.#floor
    const startedAt = this.#startedAt
    const { oldest } = this.#history
    if (this.#since === 'now' && startedAt !== undefined && this.#history.leadsTo(position, startedAt)) {
      this.#report('before-start', `${show(position)} came, but it subscribed to what follows ${show(startedAt)}`)
    }
    // It may have been told late that it is live, so the first event may lie before the floor, but not beyond it.
    if (floor !== undefined && this.#isBeyond(position, floor)) {
      this.#report('silent-gap', `${show(position)} came first, but it was live at ${show(floor)}`)
    } else if (this.#since === 'start' && position.offset > oldest && this.#history.survives(position)) {
      // What is still kept was kept when it subscribed.
      this.#report('silent-gap', `${show(position)} came first, but the oldest event that is kept is ${oldest}`)
    }
  }

  /** Whether events were accepted after `floor` and before the one at `position`, as far as that is certain. */
  #isBeyond(position: Position, floor: Position): boolean {
    const history = this.#history
    if (position.epoch !== floor.epoch) return history.isLaterEpoch(position.epoch, floor.epoch)
    // One that was undone may have been on its way before the history was cut back to the floor.
    return position.offset > floor.offset + 1 && history.leadsTo(floor, position) && history.survives(position)
  }

  #gap(gap: Gap): void {
    const { reason, missed, position } = gap
    const cursor = this.#cursor
    if (!this.#history.isKnown(position)) {
      this.#report('wrong-gap', `it continues at ${show(position)}, which was never in a history`)
    }
    const isUndoing = reason === 'rewound' || reason === 'epoch'
    if (cursor !== undefined) {
      if (reason === 'epoch') this.#epochGap(cursor, position)
      else if (cursor.epoch !== position.epoch) {
        this.#report('wrong-gap', `${reason}, but the epoch changed from ${cursor.epoch} to ${position.epoch}`)
      } else if (reason === 'rewound') this.#rewoundGap(cursor, position)
      else this.#letGoGap(reason, cursor, position, missed)
    }
    if (isUndoing) this.#forgive()
    this.#cursor = position
  }

  /** What was seen may be undone: it was told. */
  #forgive(): void {
    this.#undone = []
    this.#seen = []
  }

  #epochGap(cursor: Position, position: Position): void {
    if (cursor.epoch === position.epoch) this.#report('wrong-gap', `epoch, but it was in ${cursor.epoch} already`)
  }

  #rewoundGap(cursor: Position, position: Position): void {
    if (!this.#history.leadsTo(cursor, position)) return
    this.#report('unneeded-gap', `rewound, but nothing up to ${show(cursor)} was undone`)
  }

  #letGoGap(reason: string, cursor: Position, position: Position, missed: number | undefined): void {
    const { oldest, top } = this.#history
    if (!this.#history.leadsTo(cursor, position)) {
      // What was seen was undone, and the entry that would prove it is gone with the others: a gap, but nobody can say more.
      if (cursor.offset < position.offset) return this.#forgive()
      return this.#report('wrong-gap', `${reason} from ${show(cursor)} to ${show(position)}: that is another history`)
    }
    const count = position.offset - cursor.offset
    if (missed !== undefined && missed !== count) {
      this.#report('wrong-gap', `${missed} are said to be missed, but it was ${count}`)
    }
    if (count === 0) this.#report('unneeded-gap', `${reason}, but it was at ${show(cursor)} already`)
    else if (position.epoch === top.epoch && cursor.offset + 1 >= oldest && this.#history.survives(position)) {
      this.#report('unneeded-gap', `${reason}, but everything after ${show(cursor)} is still kept`)
    }
  }

  #converged(): void {
    const { top } = this.#history
    const at = this.#cursor
    if (at !== undefined) {
      if (!isSame(at, top)) this.#report('not-converged', `it is at ${show(at)}, the history ends at ${show(top)}`)
    } else if (!this.#wasLive) this.#report('not-converged', 'it was never told that it is live')
    else if (this.#floor !== undefined && (this.#floor.epoch !== top.epoch || this.#floor.offset < top.offset)) {
      const floor = show(this.#floor)
      this.#report('not-converged', `it was live at ${floor} and saw nothing, the history ends at ${show(top)}`)
    }
  }

  #report(kind: FindingKind, message: string, at: number = this.#index): void {
    const { topic } = this.#history
    this.findings.push({ kind, severity: severityOf(kind), topic, subscriber: this.#subscriber, at, message })
  }
}

function follows(entry: HistoryEntry, position: Position): boolean {
  return entry.offset === position.offset + 1 && entry.previousTag === position.tag && entry.epoch === position.epoch
}

function show({ epoch, offset, tag }: Position): string {
  return `${offset}#${tag.slice(0, 6)}@${epoch}`
}

/**
 * Judges what subscribers of a `latest` topic saw against its table.
 *
 * Not a history: values that were overwritten may be left out. Rule: every entry that comes was set, its version is later
 * than all before it unless the table started anew or went back, and in the end each key shows its newest value, and what
 * the table does not hold is not shown.
 * @see spec/PROTOCOL.md#6-topic-subscriptions
 */
import { createReport, type Finding, type FindingKind } from './finding.js'
import type { Sighting, SubscriberRecord } from './sighting.js'

/** A value that was set. The entries of a table that a broker reads are such. */
export interface TableChange {
  readonly key: string
  readonly id: string
  readonly epoch: string
  readonly version: number
  /** The entry was taken out of the table. */
  readonly isRemoved?: boolean | undefined
}

/** What a test knows of a table. */
export interface TableTruth {
  readonly topic: string
  /** Every change that was ever accepted, also what was undone, of all epochs, in the order in which it was accepted. */
  readonly accepted: readonly TableChange[]
  /** What the table holds in the end. */
  readonly entries: readonly TableChange[]
}

/** Options of `checkTable`. */
export interface CheckTableOptions {
  /**
   * Every fault is healed and everything has come to rest: each subscriber that has not ended must show the table. Default
   * true.
   */
  readonly isSettled?: boolean | undefined
}

/** Judges what subscribers of one `latest` topic saw; ephemeral events beside the table are not looked at. */
export function checkTable(
  truth: TableTruth,
  subscribers: readonly SubscriberRecord[],
  { isSettled = true }: CheckTableOptions = {},
): Finding[] {
  const past = indexChanges(truth.accepted)
  return subscribers.flatMap(({ subscriber, sightings }) => {
    const { findings, report } = createReport(truth.topic, subscriber)
    let index = 0
    const judge = new TableJudge(truth, past, (kind, message) => report(kind, message, index))
    for (const sighting of sightings) {
      judge.take(sighting)
      index += 1
    }
    if (isSettled) judge.finish()
    return findings
  })
}

/** Questions about a table's past. */
interface TablePast {
  readonly epochs: readonly string[]
  readonly byName: ReadonlyMap<string, readonly TableChange[]>
  /** What was cut off: changes after which the table had a version that is no later. */
  readonly undone: ReadonlySet<TableChange>
}

function indexChanges(accepted: readonly TableChange[]): TablePast {
  const byName = new Map<string, TableChange[]>()
  const undone = new Set<TableChange>()
  let kept: TableChange[] = []
  for (const change of accepted) {
    const name = nameOf(change)
    byName.set(name, [...(byName.get(name) ?? []), change])
    if (kept.at(-1)?.epoch !== change.epoch) kept = []
    for (let last = kept.at(-1); last !== undefined && last.version >= change.version; last = kept.at(-1)) {
      undone.add(last)
      kept.pop()
    }
    kept.push(change)
  }
  return { epochs: [...new Set(accepted.map(({ epoch }) => epoch))], byName, undone }
}

class TableJudge {
  readonly #truth: TableTruth
  readonly #past: TablePast
  readonly #report: (kind: FindingKind, message: string) => void
  #isEnded = true
  #isLive = false
  #last: TableChange | undefined
  #shown = new Map<string, TableChange>()
  /** What it had before it subscribed, where it named a version. */
  #since: { readonly epoch: string; readonly offset: number } | undefined

  constructor(truth: TableTruth, past: TablePast, report: (kind: FindingKind, message: string) => void) {
    this.#truth = truth
    this.#past = past
    this.#report = report
  }

  take(sighting: Sighting): void {
    if (sighting.kind === 'started') {
      this.#isEnded = false
      this.#isLive = false
      this.#last = undefined
      this.#shown = new Map()
      const { since } = sighting
      this.#since = typeof since === 'object' && 'epoch' in since ? since : undefined
      return
    }
    if (sighting.kind === 'ended') this.#isEnded = true
    else if (this.#isEnded) this.#report('after-end', `a sighting of kind ${sighting.kind} while it was not subscribed`)
    else if (sighting.kind === 'live') this.#isLive = true
    else if (sighting.kind === 'entry') this.#entry(sighting)
    else if (sighting.kind === 'gap') {
      // The table starts anew: what was shown is dropped, and all of its entries follow.
      this.#last = undefined
      this.#shown = new Map()
    } else if (sighting.kind === 'event') this.#report('not-in-history', `${sighting.id} came without a key`)
  }

  finish(): void {
    if (this.#isEnded) return
    if (!this.#isLive) return this.#report('not-converged', 'it was never told that it is live')
    for (const entry of this.#truth.entries) {
      const shown = this.#shown.get(entry.key)
      if (shown === undefined) {
        if (entry.isRemoved) continue
        const isKnown = entry.epoch === this.#since?.epoch && entry.version <= this.#since.offset
        if (!isKnown) this.#report('not-converged', `${show(entry)} never came`)
      } else if (nameOf(shown) !== nameOf(entry) && !(shown.isRemoved && entry.isRemoved)) {
        this.#report('not-converged', `it shows ${show(shown)}, and the table holds ${show(entry)}`)
      }
    }
    const held = new Set(this.#truth.entries.map(({ key }) => key))
    for (const shown of this.#shown.values()) {
      if (held.has(shown.key) || shown.isRemoved) continue
      this.#report('not-converged', `it shows ${show(shown)}, and the table holds no ${JSON.stringify(shown.key)}`)
    }
  }

  #entry(seen: Sighting & { readonly kind: 'entry' }): void {
    const change = this.#find(seen)
    if (change === undefined) return this.#report('not-in-history', `${show(seen)} was never set`)
    const last = this.#last
    if (last !== undefined && !this.#mayFollow(last, change)) {
      const known = this.#shown.get(change.key)
      if (known === change) return this.#report('duplicate', `${show(change)} came again`)
      return this.#report('reordered', `${show(change)} came after ${show(last)}`)
    }
    this.#last = change
    this.#shown.set(change.key, change)
  }

  /** What was set under that name: of several, in as many epochs, the first that may come here. */
  #find(seen: Sighting & { readonly kind: 'entry' }): TableChange | undefined {
    const changes = this.#past.byName.get(nameOf(seen)) ?? []
    const last = this.#last
    return (
      changes.find((change) => last === undefined || this.#mayFollow(last, change)) ??
      changes.find((change) => this.#shown.get(change.key) === change) ??
      changes[0]
    )
  }

  #mayFollow(last: TableChange, change: TableChange): boolean {
    if (last.epoch !== change.epoch) return this.#epochAt(change) > this.#epochAt(last)
    // A table that went back comes again as a whole, in the order of its versions.
    return change.version > last.version || this.#past.undone.has(last)
  }

  #epochAt({ epoch }: TableChange): number {
    return this.#past.epochs.indexOf(epoch)
  }
}

function nameOf({ key, id, version }: Omit<TableChange, 'epoch'>): string {
  return JSON.stringify([key, id, version])
}

function show({ key, id, version }: Omit<TableChange, 'epoch'>): string {
  return `${JSON.stringify(key)} = ${id} (version ${version})`
}

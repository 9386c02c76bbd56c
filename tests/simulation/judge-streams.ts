/**
 * Judges what consumers of items saw against what generators made.
 *
 * Rule: within a run no item is lost or repeated; another run begins with a `restarted`, or where items are tracked behind
 * the last one that was taken.
 */
import { createSimReport, type Report, type SimFinding } from './sim-finding.js'
import type { StreamRecord } from './sim-streams.js'
import type { SimWork } from './sim-work.js'

/** Whether a consumer has seen what there is to see. */
export function isAtRest(record: StreamRecord): boolean {
  const { sightings, draw } = record
  const last = sightings.at(-1)
  if (last?.kind === 'left' || last?.kind === 'end' || last?.kind === 'error') return true
  const [item] = sightings.filter(({ kind }) => kind === 'item').slice(-1)
  const seen = last?.kind !== 'restarted' && item?.kind === 'item' ? item.n + 1 : 0
  return draw.ends === 'stays' && seen === draw.items && record.status !== 'stale' && record.status !== 'connecting'
}

/** Judges the subscriptions of one client. */
export function judgeStreams(records: readonly StreamRecord[], work: SimWork): SimFinding[] {
  const all: SimFinding[] = []
  for (const record of records) {
    const topic = record.draw.isTracked ? 'tracked items' : 'items'
    const { findings, report } = createSimReport(topic, record.name)
    new StreamJudge(record, work, report).judge()
    if (!isAtRest(record)) report('not-converged', `${record.sightings.length} sightings, and it is ${record.status}`)
    all.push(...findings)
  }
  return all
}

class StreamJudge {
  readonly #record: StreamRecord
  readonly #work: SimWork
  readonly #report: Report
  #run = 0
  #next = 0
  #isRestarted = false
  #isOver = false

  constructor(record: StreamRecord, work: SimWork, report: Report) {
    this.#record = record
    this.#work = work
    this.#report = report
  }

  judge(): void {
    for (const [at, sighting] of this.#record.sightings.entries()) {
      const report: Report = (kind, message) => this.#report(kind, message, at)
      if (this.#isOver) report('after-end', `${sighting.kind} after it was over`)
      if (sighting.kind === 'item') this.#item(sighting.run, sighting.n, report)
      else if (sighting.kind === 'restarted') this.#restarted(report)
      else {
        this.#isOver = true
        if (sighting.kind === 'end') this.#ended('ends', report)
        if (sighting.kind === 'error') this.#failed(sighting.code, report)
      }
    }
  }

  #item(run: number, n: number, report: Report): void {
    const made = this.#work.streamsOf(this.#record.work).find((each) => each.run === run)?.made ?? -1
    if (n > made) report('not-in-history', `item ${n} of run ${run} was never made`)
    const isOther = run !== this.#run
    if (isOther && this.#run !== 0 && run < this.#run) report('reordered', `run ${run} after run ${this.#run}`)
    if (isOther && !this.#record.draw.isTracked) {
      if (this.#run !== 0 && !this.#isRestarted) report('silent-gap', `run ${run} began, and nobody was told`)
      this.#next = 0
    }
    if (n > this.#next) report('silent-gap', `item ${n} came, and ${this.#next} was next`)
    if (n < this.#next) report('duplicate', `item ${n} came, and ${this.#next} was next`)
    this.#run = run
    this.#next = n + 1
    this.#isRestarted = false
  }

  #restarted(report: Report): void {
    if (this.#record.draw.isTracked && this.#next > 0)
      report('unneeded-gap', `restarted, and item ${this.#next - 1} was tracked`)
    this.#isRestarted = true
    if (!this.#record.draw.isTracked) this.#next = 0
  }

  /** It came to what its generator does after all items. */
  #ended(wanted: string, report: Report): void {
    const { items, ends } = this.#record.draw
    if (ends !== wanted) report('not-in-history', `it came to "${wanted}", and "${ends}" was due`)
    if (this.#next !== items) report('silent-gap', `it was over after ${this.#next} of ${items} items`)
  }

  #failed(code: string, report: Report): void {
    if (code === 'CONNECTION_CLOSED' && this.#record.isGoodbye) return
    if (code === 'REFUSED') this.#ended('refused', report)
    else if (code === 'INTERNAL') this.#ended('threw', report)
    else report('wrong-answer', `it failed with ${code}`)
  }
}

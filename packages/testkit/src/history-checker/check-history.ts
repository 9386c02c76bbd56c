/**
 * Judges a topic: its history, and what each subscriber saw of it.
 *
 * Not a test runner: it returns values. Rule: it judges against the history that survived, which is what "accepted" means.
 * @see docs/guide/testing.md
 */
import { checkSubscriber } from './check-subscriber.js'
import { type Finding, severityOf } from './finding.js'
import type { SubscriberRecord } from './sighting.js'
import { createTopicHistory, type HistoryEntry, type TopicHistory, type TopicTruth } from './topic-history.js'

/** Options of `checkHistory`. */
export interface CheckOptions {
  /**
   * Every fault is healed and everything has come to rest: each subscriber that has not ended must be where the history
   * ends. Default true.
   */
  readonly isSettled?: boolean | undefined
}

/**
 * Judges what subscribers of one `log` or `ephemeral` topic saw against what was published: events, ephemeral ones beside
 * them, snapshots and gaps.
 *
 * @returns what is wrong, in the order of the subscribers; empty when the promise was kept and no gap was needless.
 */
export function checkHistory(
  truth: TopicTruth,
  subscribers: readonly SubscriberRecord[],
  { isSettled = true }: CheckOptions = {},
): Finding[] {
  const history = createTopicHistory(truth)
  return [
    ...findRepeatedIds(truth, history),
    ...subscribers.flatMap((subscriber) => checkSubscriber(truth, history, subscriber, isSettled)),
  ]
}

/** An id that stands twice in the surviving history was published once and accepted twice. */
function findRepeatedIds({ topic, accepted }: TopicTruth, history: TopicHistory): Finding[] {
  const seen = new Map<string, HistoryEntry>()
  const findings: Finding[] = []
  for (const entry of accepted) {
    if (!history.survives(entry)) continue
    const first = seen.get(entry.id)
    if (first !== undefined && first.offset !== entry.offset) {
      const message = `${entry.id} stands in the history twice, at ${first.offset} and ${entry.offset}`
      const kind = 'duplicate'
      findings.push({ kind, severity: severityOf(kind), topic, subscriber: 'the broker', at: 0, message })
    }
    seen.set(entry.id, entry)
  }
  return findings
}

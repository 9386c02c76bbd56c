/**
 * What a checker objects to.
 *
 * Rule: a violation breaks the promise of the topic's delivery; a warning keeps it and costs more than it had to.
 */

/**
 * - `silent-gap`: events are missing, or the history changed, and no gap said so.
 * - `duplicate`: an event came twice.
 * - `reordered`: an event came after one that it precedes.
 * - `not-in-history`: an event that was never accepted, or was undone and no `rewound` or `epoch` gap followed.
 * - `wrong-gap`: a gap that contradicts the history: its reason, its count or where it continues.
 * - `unneeded-gap`: a gap where nothing was missing.
 * - `before-start`: an event came that was accepted before the subscriber asked for what is new.
 * - `after-end`: something came after the subscriber had ended.
 * - `not-converged`: everything is quiet, and the subscriber is not where the history ends.
 * - `wrong-snapshot`: a state that stands nowhere, or lacks an effect up to its position.
 * - `ghost`: a member is shown who is gone.
 * - `absent`: a member who is there is not shown.
 * - `wrong-state`: a member is shown with an older state; or a snapshot and the events after it make another state than
 *   the history.
 * - `flapped`: a member who was there all the time was shown leaving.
 */
export type FindingKind =
  | 'silent-gap'
  | 'duplicate'
  | 'reordered'
  | 'not-in-history'
  | 'wrong-gap'
  | 'unneeded-gap'
  | 'before-start'
  | 'after-end'
  | 'not-converged'
  | 'wrong-snapshot'
  | 'ghost'
  | 'absent'
  | 'wrong-state'
  | 'flapped'

/** One objection. */
export interface Finding {
  readonly kind: FindingKind
  readonly severity: 'violation' | 'warning'
  readonly topic: string
  readonly subscriber: string
  /** Index of the sighting that it is about; the number of sightings where it is about the end. */
  readonly at: number
  /** A sentence for people. */
  readonly message: string
}

/** Makes findings about one subscriber of one topic. */
export function createReport(
  topic: string,
  subscriber: string,
): { readonly findings: Finding[]; report(kind: FindingKind, message: string, at?: number): void } {
  const findings: Finding[] = []
  return {
    findings,
    report: (kind, message, at = 0) =>
      void findings.push({ kind, severity: severityOf(kind), topic, subscriber, at, message }),
  }
}

/** How bad each kind is. */
export function severityOf(kind: FindingKind): Finding['severity'] {
  return kind === 'unneeded-gap' ? 'warning' : 'violation'
}

/** The findings that break the promise. */
export function violationsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity === 'violation')
}

/** One line per finding, for the message of a failed test. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ kind, topic, subscriber, at, message }) => `${kind}: ${subscriber} on ${topic}, sighting ${at}: ${message}`)
    .join('\n')
}

import type { Finding, FindingKind } from '@trunkline/testkit'

/**
 * What the simulation objects to, beside the history checker:
 * - `unanswered`: a call was never told anything, or too late.
 * - `wrong-answer`: a call was told what no run of its handler gave.
 * - `wrong-fate`: what it was told of its execution is not so.
 * - `ran-twice`: a handler ran more often than it may.
 */
export type SimFindingKind = FindingKind | 'unanswered' | 'wrong-answer' | 'wrong-fate' | 'ran-twice'

/** One objection. */
export interface SimFinding extends Omit<Finding, 'kind' | 'severity'> {
  readonly kind: SimFindingKind
}

/** Takes an objection. */
export type Report = (kind: SimFindingKind, message: string, at?: number) => void

/** Collects objections to what one client was told of one thing. */
export function createSimReport(topic: string, subscriber: string): { findings: SimFinding[]; report: Report } {
  const findings: SimFinding[] = []
  return { findings, report: (kind, message, at = 0) => void findings.push({ kind, topic, subscriber, at, message }) }
}

/** One line per finding. */
export function formatSimFindings(findings: readonly SimFinding[]): string {
  return findings
    .map(({ kind, topic, subscriber, at, message }) => `${kind}: ${subscriber} on ${topic}, sighting ${at}: ${message}`)
    .join('\n')
}

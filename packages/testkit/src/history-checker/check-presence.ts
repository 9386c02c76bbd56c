/**
 * Judges whether what is shown of a topic's members is who is there.
 *
 * Not about time: ask it when the grace window and the stated bound on ghosts are over.
 * Rule: a member is shown if and only if it is there, with its newest state.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Finding, type FindingKind, severityOf } from './finding.js'

/** Members with their states, by identity. */
export type Members = ReadonlyMap<string, unknown>

/**
 * Compares who is there with whom one subscriber shows.
 *
 * @param isSame - compares two states; default: deeply equal.
 */
export function checkPresence(
  topic: string,
  present: Members,
  seen: { readonly subscriber: string; readonly members: Members },
  isSame: (shown: unknown, real: unknown) => boolean = isDeepStrictEqual,
): Finding[] {
  const findings: Finding[] = []
  const { subscriber, members } = seen
  const report = (kind: FindingKind, message: string): void => {
    findings.push({ kind, severity: severityOf(kind), topic, subscriber, at: 0, message })
  }
  for (const [member, state] of members) {
    if (!present.has(member)) report('ghost', `${member} is shown and is gone`)
    else if (!isSame(state, present.get(member))) {
      report('wrong-state', `${member} is shown as ${show(state)} and is ${show(present.get(member))}`)
    }
  }
  for (const member of present.keys()) {
    if (!members.has(member)) report('absent', `${member} is there and is not shown`)
  }
  return findings
}

function show(state: unknown): string {
  return JSON.stringify(state) ?? String(state)
}

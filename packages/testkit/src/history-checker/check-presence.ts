/**
 * Judges whether what is shown of a topic's members is who is there.
 *
 * Not about time: ask it when the grace window and the stated bound on ghosts are over.
 * Rule: a member is shown if and only if it is there, with its newest state.
 */
import { isDeepStrictEqual } from 'node:util'
import { createReport, type Finding } from './finding.js'

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
  const { subscriber, members } = seen
  const { findings, report } = createReport(topic, subscriber)
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

/**
 * Judges whether those who were there all the time were ever shown leaving.
 *
 * @param stayed - identities that were there from when they were first shown to the end.
 * @param seen - the lists that one subscriber was given, in their order.
 */
export function checkStayed(
  topic: string,
  stayed: readonly string[],
  seen: { readonly subscriber: string; readonly lists: Iterable<Members> },
): Finding[] {
  const { findings, report } = createReport(topic, seen.subscriber)
  const shown = new Set<string>()
  let at = 0
  for (const members of seen.lists) {
    for (const member of stayed) {
      if (members.has(member)) shown.add(member)
      else if (shown.delete(member)) report('flapped', `${member} was shown leaving and had not left`, at)
    }
    at += 1
  }
  return findings
}

/** What one subscriber was shown of who is there. */
export interface MembersRecorder {
  readonly subscriber: string
  /** Every list that came; each is new. */
  readonly lists: readonly Members[]
  /** The last list; empty before the first. */
  readonly members: Members
  /** Pass it to `subscribe` of a client's members. */
  readonly callback: (members: readonly { readonly identity: string; readonly state: unknown }[]) => void
}

/** Makes a recorder of members; `subscriber` names it in findings. */
export function createMembersRecorder(subscriber: string): MembersRecorder {
  const lists: Members[] = []
  return {
    subscriber,
    lists,
    get members() {
      return lists.at(-1) ?? new Map()
    },
    callback: (members) => void lists.push(new Map(members.map(({ identity, state }) => [identity, state]))),
  }
}

function show(state: unknown): string {
  return JSON.stringify(state) ?? String(state)
}

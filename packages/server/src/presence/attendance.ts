/**
 * From joins to members: one per identity, with the state of the join that was updated last (P5.12).
 *
 * Not versioned and told to nobody (presence-room.ts does). Rule: a member leaves with its last join.
 */
import type { PresenceMember } from '../topics/presence-store.js'

export class Attendance {
  readonly #joins = new Map<string, PresenceMember>()
  /** Joins by identity. Nearly always one, and a handful at most. */
  readonly #members = new Map<string, PresenceMember[]>()

  /** How many members there are. */
  get size(): number {
    return this.#members.size
  }

  /** Members, those that are here longest first. */
  identities(): Iterable<string> {
    return this.#members.keys()
  }

  joinIds(): Iterable<string> {
    return this.#joins.keys()
  }

  /** Whether this very record is known. */
  has(member: PresenceMember): boolean {
    return this.#joins.get(member.joinId) === member
  }

  /** The encoded state that shows; `undefined` when nobody of this identity is here. */
  shown(identity: string): string | undefined {
    let newest: PresenceMember | undefined
    for (const join of this.#members.get(identity) ?? []) {
      if (newest === undefined || isNewer(join, newest)) newest = join
    }
    return newest?.payload
  }

  /** Adds a join or replaces it. */
  put(member: PresenceMember): void {
    const { joinId, identity } = member
    const known = this.#joins.get(joinId)
    this.#joins.set(joinId, member)
    const joins = this.#members.get(identity)
    if (joins === undefined) this.#members.set(identity, [member])
    else if (known === undefined) joins.push(member)
    else joins[joins.indexOf(known)] = member
  }

  /** Removes a join; gives whose it was. */
  remove(joinId: string): string | undefined {
    const known = this.#joins.get(joinId)
    if (known === undefined) return undefined
    this.#joins.delete(joinId)
    const joins = this.#members.get(known.identity)?.filter((join) => join !== known) ?? []
    if (joins.length > 0) this.#members.set(known.identity, joins)
    else this.#members.delete(known.identity)
    return known.identity
  }
}

/** Nodes have clocks of their own: a tie must be decided alike everywhere. */
function isNewer(a: PresenceMember, b: PresenceMember): boolean {
  return a.updatedAtMs === b.updatedAtMs ? a.joinId > b.joinId : a.updatedAtMs > b.updatedAtMs
}

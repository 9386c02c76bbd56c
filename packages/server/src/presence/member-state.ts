/**
 * The state of a join as its client gave it, with what is only there for a while.
 *
 * Not validated and not encoded here; pure. Rule: what is put back is what stood there before the first temporary value,
 * however many temporary ones followed; a lasting value ends the temporary one of its member.
 * @see spec/PROTOCOL.md#5-calls
 */

/** A state and what of it will be put back. */
export interface MemberState {
  readonly value: unknown
  /** By the name of the member; `undefined` where the whole state was replaced. */
  readonly temporary: ReadonlyMap<string | undefined, Temporary>
}

interface Temporary {
  readonly before: unknown
  readonly wasThere: boolean
  /** What puts it back; an identity and nothing else here. */
  readonly revert: object
}

/** A state of which nothing is temporary. */
export function startState(value: unknown): MemberState {
  return { value, temporary: new Map() }
}

/** Merges an update into a state. Its members are temporary where `revert` is given. */
export function mergeState({ value, temporary }: MemberState, patch: unknown, revert?: object): MemberState {
  if (!isPlainObject(value) || !isPlainObject(patch)) {
    if (revert === undefined) return startState(patch)
    const before = lastingValue({ value, temporary })
    return { value: patch, temporary: new Map([[undefined, { before, wasThere: true, revert }]]) }
  }
  const next = new Map(temporary)
  for (const name of Object.keys(patch)) {
    const known = next.get(name)
    if (revert === undefined) next.delete(name)
    else if (known !== undefined) next.set(name, { ...known, revert })
    else next.set(name, { before: value[name], wasThere: Object.hasOwn(value, name), revert })
  }
  return { value: { ...value, ...patch }, temporary: next }
}

/** Puts back what `revert` stands for; `undefined` when other updates came in between and nothing is left to do. */
export function putBack(state: MemberState, revert: object): MemberState | undefined {
  const rest = new Map(state.temporary)
  let { value } = state
  for (const [name, entry] of state.temporary) {
    if (entry.revert !== revert) continue
    rest.delete(name)
    value = restore(value, name, entry)
  }
  return rest.size === state.temporary.size ? undefined : { value, temporary: rest }
}

/** Whether an update still waits to be put back. */
export function isPending(state: MemberState, revert: object): boolean {
  for (const entry of state.temporary.values()) if (entry.revert === revert) return true
  return false
}

function lastingValue({ value, temporary }: MemberState): unknown {
  let lasting = value
  for (const [name, entry] of temporary) lasting = restore(lasting, name, entry)
  return lasting
}

function restore(value: unknown, name: string | undefined, { before, wasThere }: Temporary): unknown {
  if (name === undefined || !isPlainObject(value)) return name === undefined ? before : value
  const { [name]: _temporary, ...rest } = value
  return wasThere ? { ...rest, [name]: before } : rest
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

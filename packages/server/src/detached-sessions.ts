/**
 * Sessions without a socket, by the address that they were lost from.
 *
 * Not a store: whoever adds one ends what is too many. Rule: a connection that is gone counts for no limit any more, but its
 * session keeps up to 256 KiB for `resumeMs`; so these are counted by themselves, and the longest without a socket go first.
 */
import { addressBlock } from './address-block.js'
import type { Session } from './session.js'

export class DetachedSessions {
  readonly #maxPerAddress: number
  /** In the order in which they were lost. */
  readonly #byAddress = new Map<string, Set<Session>>()
  readonly #addresses = new Map<Session, string>()

  constructor(maxPerAddress: number) {
    this.#maxPerAddress = maxPerAddress
  }

  /** Adds a session; gives the one that is too many of its address. */
  add(session: Session, address: string): Session | undefined {
    const block = addressBlock(address)
    const own = this.#byAddress.get(block) ?? new Set()
    this.#byAddress.set(block, own.add(session))
    this.#addresses.set(session, block)
    if (own.size <= this.#maxPerAddress) return undefined
    const [oldest] = own
    return oldest
  }

  /** The session is on a socket again, or over. */
  remove(session: Session): void {
    const block = this.#addresses.get(session)
    if (block === undefined) return
    this.#addresses.delete(session)
    const own = this.#byAddress.get(block)
    if (own?.delete(session) && own.size === 0) this.#byAddress.delete(block)
  }
}

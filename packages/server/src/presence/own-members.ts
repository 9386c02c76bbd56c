/**
 * The joins of this node in the store, and the lease that they live by.
 *
 * Rule: this node is the authority on its own joins. What the store could not be made to know is written again until it
 * is, and everything is when the lease was lost.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '@trunkline/core'
import { askBroker } from '../topics/ask-broker.js'
import type { PresenceMember, PresenceStore } from '../topics/presence-store.js'

interface Unsettled {
  readonly topic: string
  hasFailed: boolean
}

export class OwnMembers {
  readonly node: string = randomBytes(9).toString('base64url')
  readonly #store: PresenceStore
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #members = new Map<string, { readonly topic: string; readonly member: PresenceMember }>()
  /** Joins whose last write is not known to be done. */
  readonly #unsettled = new Map<string, Unsettled>()
  #renewAt = 0
  #hadLease = false
  #mayBeForgotten = false
  #lastStamp = 0

  /**
   * @param leaseMs - how long members of this node count after it died. Renewed every third of it.
   */
  constructor(store: PresenceStore, clock: Clock, leaseMs: number) {
    this.#store = store
    this.#clock = clock
    this.#leaseMs = leaseMs
  }

  /** A time for an update: later than any before it, also within one millisecond. */
  stamp(): number {
    // A fraction that the number has bits for until the year 10889, so that equal times stay ordered and hardly drift.
    this.#lastStamp = Math.max(this.#clock.now(), this.#lastStamp + 2 ** -10)
    return this.#lastStamp
  }

  /** @throws TrunklineError `BROKER_UNAVAILABLE`: it is tried again unless it is removed. */
  put(topic: string, member: PresenceMember): Promise<void> {
    this.#members.set(member.joinId, { topic, member })
    this.renewIfDue()
    return this.#write(topic, member.joinId)
  }

  /** Never rejects: it is tried again until it is done. */
  remove(topic: string, joinId: string): Promise<void> {
    this.#members.delete(joinId)
    return this.#write(topic, joinId).catch(() => {})
  }

  /** Renews the lease when a third of it has passed; what is written after it finds it renewed. */
  renewIfDue(): void {
    const now = this.#clock.now()
    if (now < this.#renewAt || this.#members.size === 0) return
    this.#renewAt = now + this.#leaseMs / 3
    askBroker(this.#clock, () => this.#store.renewLease(this.node, this.#leaseMs)).then(
      (hadLived) => {
        // The store may have forgotten this node: after a long stall, or because it came back with less.
        if (this.#mayBeForgotten || (this.#hadLease && !hadLived)) this.#putAll()
        this.#mayBeForgotten = false
        this.#hadLease = true
      },
      () => {
        // What the answer would have said is lost, and another renewal would not say it again.
        this.#mayBeForgotten = true
        this.#renewAt = 0
      },
    )
  }

  /** As time passes. */
  sweep(): void {
    this.renewIfDue()
    for (const [joinId, { topic, hasFailed }] of this.#unsettled) if (hasFailed) this.#retry(topic, joinId)
  }

  /** The node stops: its members count for `leaseMs` more, in which their clients come back to another node. */
  async close(leaseMs: number): Promise<void> {
    if (this.#members.size === 0) return
    this.#members.clear()
    this.#unsettled.clear()
    await askBroker(this.#clock, () => this.#store.renewLease(this.node, leaseMs)).catch(() => {})
  }

  #putAll(): void {
    for (const { topic, member } of this.#members.values()) this.#retry(topic, member.joinId)
  }

  #retry(topic: string, joinId: string): void {
    this.#write(topic, joinId).catch(() => {})
  }

  /** Makes the store say of a join what this node says. */
  async #write(topic: string, joinId: string): Promise<void> {
    const own = this.#members.get(joinId)
    const unsettled: Unsettled = { topic, hasFailed: false }
    this.#unsettled.set(joinId, unsettled)
    try {
      await askBroker(this.#clock, () =>
        own === undefined ? this.#store.remove(topic, joinId) : this.#store.put(own.topic, own.member),
      )
    } catch (error) {
      unsettled.hasFailed = true
      throw error
    }
    if (this.#unsettled.get(joinId) === unsettled) this.#unsettled.delete(joinId)
  }
}

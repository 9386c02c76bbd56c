/**
 * The default presence store: in this process's memory; also the reference that others are tested against.
 *
 * Rule: a topic on which nobody is present and nobody listens takes no memory.
 */
import type { Clock } from '@trunkline/core'
import { systemClock } from '../system-clock.js'
import type { PresenceListener, PresenceMember, PresenceStore } from './presence-store.js'

interface TopicMembers {
  readonly members: Map<string, PresenceMember>
  readonly listeners: Set<PresenceListener>
}

interface Lease {
  untilMs: number
  /** The topics of the node's joins, by join. */
  readonly joins: Map<string, string>
}

/** Makes a store that keeps who is present in this process's memory. */
export function createMemoryPresence(clock: Clock = systemClock): MemoryPresence {
  return new MemoryPresence(clock)
}

export class MemoryPresence implements PresenceStore {
  readonly #clock: Clock
  readonly #topics = new Map<string, TopicMembers>()
  readonly #leases = new Map<string, Lease>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Topics that take memory. */
  get size(): number {
    return this.#topics.size
  }

  async renewLease(node: string, leaseMs: number): Promise<boolean> {
    const nowMs = this.#clock.now()
    this.#collect(nowMs)
    const lease = this.#lease(node)
    const isAlive = lease.untilMs > nowMs
    lease.untilMs = nowMs + leaseMs
    return isAlive
  }

  async put(topic: string, member: PresenceMember): Promise<void> {
    const { members, listeners } = this.#topic(topic)
    members.set(member.joinId, member)
    this.#lease(member.node).joins.set(member.joinId, topic)
    for (const listener of listeners) listener.onPut(member)
  }

  async remove(topic: string, joinId: string): Promise<void> {
    const member = this.#topics.get(topic)?.members.get(joinId)
    if (member === undefined) return
    this.#leases.get(member.node)?.joins.delete(joinId)
    this.#forget(topic, joinId)
  }

  async read(topic: string): Promise<readonly PresenceMember[]> {
    const nowMs = this.#clock.now()
    const members = this.#topics.get(topic)?.members.values() ?? []
    return [...members].filter(({ node }) => (this.#leases.get(node)?.untilMs ?? 0) > nowMs)
  }

  async watch(topic: string, listener: PresenceListener): Promise<() => void> {
    // Its own object per call, so that one listener can listen twice.
    const own: PresenceListener = {
      onPut: (member) => listener.onPut(member),
      onRemove: (joinId) => listener.onRemove(joinId),
    }
    this.#topic(topic).listeners.add(own)
    return () => {
      this.#topics.get(topic)?.listeners.delete(own)
      this.#dispose(topic)
    }
  }

  /** Forgets what nodes left behind whose lease has ended. */
  #collect(nowMs: number): void {
    for (const [node, { untilMs, joins }] of this.#leases) {
      if (untilMs > nowMs) continue
      this.#leases.delete(node)
      for (const [joinId, topic] of joins) this.#forget(topic, joinId)
    }
  }

  #forget(topic: string, joinId: string): void {
    const kept = this.#topics.get(topic)
    if (!kept?.members.delete(joinId)) return
    for (const listener of kept.listeners) listener.onRemove(joinId)
    this.#dispose(topic)
  }

  #dispose(topic: string): void {
    const kept = this.#topics.get(topic)
    if (kept?.members.size === 0 && kept.listeners.size === 0) this.#topics.delete(topic)
  }

  #topic(topic: string): TopicMembers {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const made: TopicMembers = { members: new Map(), listeners: new Set() }
    this.#topics.set(topic, made)
    return made
  }

  #lease(node: string): Lease {
    const known = this.#leases.get(node)
    if (known !== undefined) return known
    const made: Lease = { untilMs: 0, joins: new Map() }
    this.#leases.set(node, made)
    return made
  }
}

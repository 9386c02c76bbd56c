/**
 * A presence store with the faults of a network, for tests: answers that take a while, writes that fail although they may
 * have worked, and changes that nobody hears of.
 *
 * Rule: what one node writes still takes effect in the order in which it was called.
 */
import type { Clock } from '@trunkline/core'
import type { Random } from '@trunkline/testkit'
import type { PresenceListener, PresenceMember, PresenceStore } from '../../topics/presence-store.js'

/** Probabilities from 0 to 1, and delays; all may change while it runs. */
export interface PresenceFaults {
  /** A call fails: half of those before, half of those after it took effect. */
  failing: number
  /** A listener does not hear of a change. */
  deaf: number
  /** Most milliseconds before a call takes effect, and again before its answer comes. */
  delayMs: number
}

/** One node's way to a store that several share. */
export class FaultPresence implements PresenceStore {
  readonly #store: PresenceStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #faults: PresenceFaults
  #last: Promise<unknown> = Promise.resolve()

  constructor(store: PresenceStore, clock: Clock, random: Random, faults: PresenceFaults) {
    this.#store = store
    this.#clock = clock
    this.#random = random
    this.#faults = faults
  }

  renewLease(node: string, leaseMs: number): Promise<boolean> {
    return this.#call(() => this.#store.renewLease(node, leaseMs))
  }

  put(topic: string, member: PresenceMember): Promise<void> {
    return this.#call(() => this.#store.put(topic, member))
  }

  remove(topic: string, joinId: string): Promise<void> {
    return this.#call(() => this.#store.remove(topic, joinId))
  }

  read(topic: string): Promise<readonly PresenceMember[]> {
    return this.#call(() => this.#store.read(topic))
  }

  watch(topic: string, listener: PresenceListener): Promise<() => void> {
    const hears = (): boolean => !this.#random.chance(this.#faults.deaf)
    return this.#call(() =>
      this.#store.watch(topic, {
        onPut: (member) => hears() && listener.onPut(member),
        onRemove: (joinId) => hears() && listener.onRemove(joinId),
      }),
    )
  }

  async #call<TAnswer>(act: () => Promise<TAnswer>): Promise<TAnswer> {
    const before = this.#last
    const acted = this.#act(before, act)
    this.#last = acted.catch(() => {})
    const answer = await acted
    await this.#pause()
    if (this.#random.chance(this.#faults.failing / 2)) throw new Error('The answer was lost.')
    return answer
  }

  async #act<TAnswer>(before: Promise<unknown>, act: () => Promise<TAnswer>): Promise<TAnswer> {
    await before
    await this.#pause()
    if (this.#random.chance(this.#faults.failing / 2)) throw new Error('The call was lost.')
    return act()
  }

  #pause(): Promise<void> {
    const { delayMs } = this.#faults
    if (delayMs === 0) return Promise.resolve()
    return new Promise((resolve) => this.#clock.schedule(resolve, this.#random.int(0, delayMs)))
  }
}

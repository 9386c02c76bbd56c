/**
 * A node's one subscription to a topic at the broker.
 *
 * Rule: an answer that comes after nobody waits for it any more is undone.
 */
import type { Clock } from '@trunkline/core'
import { askBroker } from './ask-broker.js'
import type { Broker, BrokerListener } from './broker.js'

export class Listening {
  #unsubscribe: (() => void) | undefined
  #isClosed = false

  /** @throws TrunklineError `BROKER_UNAVAILABLE`. */
  open(broker: Broker, clock: Clock, key: string, listener: BrokerListener): Promise<void> {
    return askBroker(clock, async () => {
      const unsubscribe = await broker.subscribe(key, listener)
      if (this.#isClosed) unsubscribe()
      else this.#unsubscribe = unsubscribe
    })
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe?.()
  }
}

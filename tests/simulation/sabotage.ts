import type { Clock, Transport } from '@trunkline/core'
import type { SimBroker } from './sim-broker.js'
import type { SimStore } from './sim-store.js'

/** Switches a mechanism off, for negative controls: then the checker must object. */
export interface Sabotage {
  readonly spoilStore?: ((store: SimStore) => void) | undefined
  readonly spoilBroker?: ((broker: SimBroker) => void) | undefined
  /** Changes the state that an app gives of a list. */
  readonly spoilList?: ((ids: readonly string[]) => readonly string[]) | undefined
  readonly spoilSocket?: ((socket: Transport) => Transport) | undefined
  /** Changes the time of a client. */
  readonly spoilClock?: ((clock: Clock) => Clock) | undefined
}

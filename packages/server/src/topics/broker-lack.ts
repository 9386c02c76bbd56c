/**
 * Whether a broker can keep what a topic promises.
 */
import type { Delivery } from '@trunkline/core'
import type { Broker } from './broker.js'

/** What a broker lacks for a delivery class, as a sentence; `undefined` where it lacks nothing. */
export function lackOf(broker: Broker, delivery: Delivery): string | undefined {
  if (delivery === 'log' && !broker.capabilities.log) {
    return `The broker ${broker.name} keeps no history, which a log topic needs.`
  }
  if (delivery === 'latest' && broker.latest === undefined) {
    return `The broker ${broker.name} keeps no tables, which a latest topic needs.`
  }
  return undefined
}

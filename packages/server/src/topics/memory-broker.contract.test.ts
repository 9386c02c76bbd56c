import { createVirtualClock, describeBroker, type VirtualClock } from '@trunkline/testkit'
import { describe, expect, test } from 'vitest'
import { createMemoryBroker, type MemoryBroker } from './memory-broker.js'

const clocks = new WeakMap<MemoryBroker, VirtualClock>()

function createBroker(): MemoryBroker {
  const clock = createVirtualClock()
  const broker = createMemoryBroker({ clock })
  clocks.set(broker, clock)
  return broker
}

// It is never deaf and serves one process, so those two parts of the contract have nothing to be tried on.
describeBroker({ describe, test, expect }, 'memory', createBroker, {
  advance: async (broker, ms) => {
    await clocks.get(broker)?.advance(ms)
  },
  crash: async (broker) => {
    await broker.close()
    return createBroker()
  },
  loseTail: async (broker, topic, offset) => broker['~loseAfter'](topic, offset),
})

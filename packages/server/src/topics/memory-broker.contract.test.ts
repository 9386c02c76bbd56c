import {
  type BrokerFaults,
  createVirtualClock,
  describeBroker,
  type TestRunner,
  type VirtualClock,
} from '@trunkline/testkit'
import { describe, expect, test } from 'vitest'
import type { LogEntry, Published } from './broker.js'
import { createMemoryBroker, type MemoryBroker } from './memory-broker.js'

const clocks = new WeakMap<MemoryBroker, VirtualClock>()

function createBroker(): MemoryBroker {
  const clock = createVirtualClock()
  const broker = createMemoryBroker({ clock })
  clocks.set(broker, clock)
  return broker
}

const faults: BrokerFaults<MemoryBroker> = {
  advance: async (broker, ms) => {
    await clocks.get(broker)?.advance(ms)
  },
  crash: async (broker) => {
    await broker.close()
    return createBroker()
  },
  loseTail: async (broker, topic, offset) => broker['~loseAfter'](topic, offset),
}

// It is never deaf and serves one process, so those two parts of the contract have nothing to be tried on.
describeBroker({ describe, test, expect }, 'memory', createBroker, faults)

/** Runs the contract with a runner that only notes which tests fail. */
async function failuresOf(create: () => MemoryBroker): Promise<string[]> {
  const tests: { name: string; body: () => Promise<void> }[] = []
  const runner: TestRunner = {
    describe: (_name, body) => body(),
    test: (name, body) => tests.push({ name, body }),
    expect,
  }
  describeBroker(runner, 'broken', create, { ...faults, patienceMs: 100 })
  const failed: string[] = []
  for (const { name, body } of tests) await body().catch(() => failed.push(name))
  return failed
}

/** A memory broker of which one method does something else. */
function broken(spoil: (broker: MemoryBroker) => void): () => MemoryBroker {
  return () => {
    const broker = createBroker()
    spoil(broker)
    return broker
  }
}

describe('negative control: the contract notices a broker', () => {
  test('that has nothing wrong, as nothing', async () => {
    expect(await failuresOf(createBroker)).toEqual([])
  })

  test('that does not look at tags', async () => {
    const create = broken((broker) => {
      const read = broker.read.bind(broker)
      broker.read = async (topic, from, limit) => {
        if (typeof from === 'string' || 'last' in from) return read(topic, from, limit)
        const { entries, oldest, top } = await read(topic, 'start', limit)
        const before = entries.find(({ offset }) => offset === from.offset)
        const proved = before === undefined ? from : { ...from, tag: before.tag }
        return from.offset <= top.offset && from.offset >= oldest
          ? read(topic, proved, limit)
          : read(topic, from, limit)
      }
    })
    const failed = await failuresOf(create)
    expect(failed).toContain('calls it `rewound` when the tag at an offset is another, or the offset was never reached')
    expect(failed).toContain('tells who saw a lost tail that it was rewound, and nobody else')
  })

  test('that forgets ids at once', async () => {
    let count = 0
    const create = broken((broker) => {
      const publish = broker.publish.bind(broker)
      broker.publish = (topic, entry, retention) =>
        publish(topic, { ...entry, id: entry.id && `${entry.id} ${count++}` }, retention)
    })
    expect(await failuresOf(create)).toContain('makes one event of many publishes of one id at once')
  })

  test('that remembers the ids of what it lost', async () => {
    const remembered = new Map<string, Published>()
    const create = broken((broker) => {
      const publish = broker.publish.bind(broker)
      broker.publish = async (topic, entry, retention) => {
        const name = `${topic} ${entry.id}`
        const published = remembered.get(name) ?? (await publish(topic, entry, retention))
        remembered.set(name, published)
        return published
      }
    })
    expect(await failuresOf(create)).toContain('never answers a repeat with a position that was lost')
  })

  test('that lets listeners hear out of order', async () => {
    const create = broken((broker) => {
      const subscribe = broker.subscribe.bind(broker)
      broker.subscribe = (topic, listener) => {
        let held: LogEntry | undefined
        return subscribe(topic, {
          ...listener,
          onEntry: (entry) => {
            if (entry.offset % 2 === 1) held = entry
            else for (const each of [entry, held]) if (each !== undefined) listener.onEntry(each)
          },
        })
      }
    })
    expect(await failuresOf(create)).toContain(
      'lets a listener hear, in order, what is accepted after `subscribe` resolved',
    )
  })
})

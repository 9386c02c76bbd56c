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
import type { PresenceMember } from './presence-store.js'

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
  // It serves one process: another server of that process is what comes nearest to another node.
  anotherNode: (broker) => shareOf(broker),
}

/** The same broker in the hands of somebody else, who closes what is his. */
function shareOf(broker: MemoryBroker): MemoryBroker {
  return new Proxy(broker, {
    get: (target, name) => {
      if (name === 'close') return async () => {}
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

// It is never deaf, so that part of the contract has nothing to be tried on.
describeBroker({ describe, test, expect }, 'memory', createBroker, faults)

/** Runs the contract with a runner that only notes which tests fail. */
async function failuresOf(create: () => MemoryBroker, options: BrokerFaults<MemoryBroker> = faults): Promise<string[]> {
  const tests: { name: string; body: () => Promise<void> }[] = []
  const crash = async (broker: MemoryBroker): Promise<MemoryBroker> => {
    await broker.close()
    return create()
  }
  const runner: TestRunner = {
    describe: (_name, body) => body(),
    test: (name, body) => tests.push({ name, body }),
    expect,
  }
  describeBroker(runner, 'broken', create, { ...options, crash, patienceMs: 100 })
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

  test('that tells a wrong version of what a table kept', async () => {
    const create = broken(({ latest }) => {
      const set = latest.set.bind(latest)
      let last: Published | undefined
      latest.set = async (...args) => {
        const published = await set(...args)
        const told = last ?? published
        if (published !== 'full') last = published
        return told
      }
    })
    expect(await failuresOf(create)).toContain(
      'is atomic: sets at once are all kept, each at the version that it was told',
    )
  })

  test('that keeps what a table held before, and one that never refuses', async () => {
    const forgetsKeys = broken(({ latest }) => {
      const set = latest.set.bind(latest)
      latest.set = (topic, entry, limit) => set(topic, { ...entry, key: `${entry.key}${entry.id}` }, limit)
    })
    expect(await failuresOf(forgetsKeys)).toContain('keeps of each key the newest value, in the order of the changes')
    const unbounded = broken(({ latest }) => {
      const set = latest.set.bind(latest)
      latest.set = (topic, entry) => set(topic, entry, { entries: 1e9, bytes: 1e9 })
    })
    expect(await failuresOf(unbounded)).toContain('refuses what would make it too large, and only that')
  })

  test('that keeps what was removed, and one that does not say what it has forgotten', async () => {
    const keeps = broken(({ latest }) => {
      const read = latest.read.bind(latest)
      latest.read = async (topic) => {
        const table = await read(topic)
        return { ...table, entries: table.entries.map((entry) => ({ ...entry, isRemoved: false })) }
      }
    })
    expect(await failuresOf(keeps)).toContain(
      'takes out what is removed, remembers that for who is behind, and has room for another',
    )
    const silent = broken(({ latest }) => {
      const read = latest.read.bind(latest)
      latest.read = async (topic) => ({ ...(await read(topic)), forgotten: 0 })
    })
    expect(await failuresOf(silent)).toContain('never refuses a removal, and says up to where it has forgotten some')
  })

  test('that hides changes of a table from who listens', async () => {
    const create = broken((broker) => {
      const subscribe = broker.subscribe.bind(broker)
      broker.subscribe = (topic, { onSet, ...listener }) =>
        subscribe(topic, { ...listener, onSet: (entry) => entry.version % 2 === 0 && onSet?.(entry) })
    })
    const failed = await failuresOf(create)
    expect(failed).toContain('lets a listener hear every change with the version before it, as it is read')
  })

  test('that keeps the epoch of a table which it lost', async () => {
    const create = broken(({ latest }) => {
      const read = latest.read.bind(latest)
      latest.read = async (topic) => ({ ...(await read(topic)), epoch: 'always this' })
    })
    expect(await failuresOf(create)).toContain('starts another epoch after a crash')
  })

  test('that shows members of nodes that are dead', async () => {
    const create = broken(({ presence }) => {
      const everybody = new Map<string, Map<string, PresenceMember>>()
      const { put, remove } = presence
      presence.put = (topic, member) => {
        everybody.set(topic, (everybody.get(topic) ?? new Map()).set(member.joinId, member))
        return put.call(presence, topic, member)
      }
      presence.remove = (topic, joinId) => {
        everybody.get(topic)?.delete(joinId)
        return remove.call(presence, topic, joinId)
      }
      presence.read = async (topic) => [...(everybody.get(topic)?.values() ?? [])]
    })
    const failed = await failuresOf(create)
    expect(failed).toContain('stops counting the members of a node whose lease has ended, and only those')
    expect(failed).toContain('does not count who was put by a node without a lease, until it has one')
  })

  test('that always says that a lease had lived', async () => {
    const create = broken(({ presence }) => {
      const renew = presence.renewLease.bind(presence)
      presence.renewLease = async (node, leaseMs) => (await renew(node, leaseMs)) || true
    })
    const failed = await failuresOf(create)
    expect(failed).toContain('says whether a lease had lived')
    expect(failed).toContain('says of a lease that had ended that it did; who is put then counts')
  })

  test('that does later what was asked first, and one that tells nobody who left', async () => {
    const hasty = broken(({ presence }) => {
      const put = presence.put.bind(presence)
      let count = 0
      presence.put = async (topic, member) => {
        if (count++ % 2 === 1) await new Promise((resolve) => setImmediate(resolve))
        return put(topic, member)
      }
    })
    expect(await failuresOf(hasty)).toContain('does what one node asks in the order in which it asked')
    const silent = broken(({ presence }) => {
      const watch = presence.watch.bind(presence)
      presence.watch = (topic, listener) =>
        watch(topic, { onPut: (member) => listener.onPut(member), onRemove: () => {} })
    })
    expect(await failuresOf(silent)).toContain('lets who watches hear of joins, changes and removals until it ends')
  })

  test('that keeps to itself what another node did', async () => {
    const apart: BrokerFaults<MemoryBroker> = { ...faults, anotherNode: () => createBroker() }
    const failed = await failuresOf(createBroker, apart)
    for (const what of ['publishes', 'sets']) {
      expect(failed).toContain(`joins nodes: what one ${what} the other hears, reads and knows by id`)
    }
    expect(failed).toContain('joins nodes: each sees and hears the members of the other')
  })
})

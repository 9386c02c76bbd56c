/** What the tables of `latest` topics promise (P6.11, P7.8). */
import type { EncodedPayload } from '@trunkline/core'
import { eventually } from '../eventually.js'
import type { BrokerUnderTest } from './broker-under-test.js'
import {
  type BrokerFaults,
  type ContractTest,
  contractTopic,
  ids,
  isRefused,
  payloadOf,
  type TestRunner,
} from './contract-test.js'
import type { ContractTable, ContractTableEntry } from './stores-under-test.js'

const LIMIT = { entries: 10_000, bytes: 10_000_000 } as const

/** A table of one topic, with shorthands. */
interface Shorthands {
  /** Sets the entry `key` under `id`; gives its version and whether the id was known, or `full`. */
  set(
    key: string,
    id: string,
    payload?: EncodedPayload,
    limit?: typeof LIMIT | object,
  ): Promise<[number, boolean] | 'full'>
  /** Removes the entry `key`; gives the version of that change. */
  remove(key: string, id: string, payload?: EncodedPayload): Promise<number>
  read(): Promise<ContractTable>
  /** What a table holds: key, id and version of each entry in its order, without what was removed. */
  rows(): Promise<unknown[]>
}

function tableOf(broker: BrokerUnderTest, topic: string): Shorthands {
  const { latest } = broker
  if (latest === undefined) throw new Error(`${broker.name} keeps no tables; say so with \`lacks\`.`)
  const read = (): Promise<ContractTable> => latest.read(topic)
  return {
    read,
    rows: async () =>
      (await read()).entries.flatMap(({ key, id, version, isRemoved }) => (isRemoved ? [] : [[key, id, version]])),
    remove: async (key, id, payload = payloadOf(id)) => {
      const removed = await latest.set(topic, { id, key, payload, isRemoved: true }, LIMIT)
      return removed === 'full' ? -1 : (removed.position?.offset ?? -1)
    },
    set: async (key, id, payload = payloadOf(id), limit = LIMIT) => {
      const published = await latest.set(topic, { id, key, payload }, { ...LIMIT, ...limit })
      return published === 'full' ? 'full' : [published.position?.offset ?? -1, published.duplicate]
    },
  }
}

/** Listens to a table; `heard` gives what came once `count` have come. */
async function listenTo(
  broker: BrokerUnderTest,
  topic: string,
  timeoutMs: number,
): Promise<{ heard(count: number): Promise<readonly ContractTableEntry[]>; end(): void }> {
  const entries: ContractTableEntry[] = []
  const end = await broker.subscribe(topic, {
    onEntry: () => {},
    onEphemeral: () => {},
    onSet: (entry) => entries.push(entry),
  })
  const message = `hearing changes of ${topic}`
  return { end, heard: (count) => eventually(() => entries.length >= count && entries, { timeoutMs, message }) }
}

export function tableContract<TBroker extends BrokerUnderTest>(
  { expect }: TestRunner,
  check: ContractTest<TBroker>,
  { anotherNode, advance, crash }: BrokerFaults<TBroker>,
): void {
  check('takes a table that nobody set anything in for an empty one that has an epoch', async ({ broker, topic }) => {
    const empty = await tableOf(broker, topic).read()
    expect([empty.version, empty.entries]).toEqual([0, []])
    expect((await tableOf(broker, topic).read()).epoch).toEqual(empty.epoch)
  })

  check('keeps of each key the newest value, in the order of the changes', async ({ broker, topic }) => {
    const { set, read, rows } = tableOf(broker, topic)
    const told = []
    for (const [index, key] of ['a', 'b', 'a', 'c', 'b'].entries()) told.push(await set(key, `m${index}`))
    const versions = told.map(([version]) => Number(version))
    expect(told.every(([, duplicate]) => duplicate === false)).toEqual(true)
    expect(versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0))).toEqual(true)
    expect(await rows()).toEqual([
      ['a', 'm2', versions[2]],
      ['c', 'm3', versions[3]],
      ['b', 'm4', versions[4]],
    ])
    expect((await read()).version).toEqual(versions[4])
  })

  check('lets a listener hear every change with the version before it, as it is read', async (on) => {
    const { broker, topic, patienceMs } = on
    const { set, read } = tableOf(broker, topic)
    await set('before', 'm0')
    const listener = await listenTo(broker, topic, patienceMs)
    for (const [index, key] of ['a', 'b', 'a'].entries()) await set(key, `m${index + 1}`)
    const heard = await listener.heard(3)
    expect(heard.map(({ key, id }) => [key, id])).toEqual([
      ['a', 'm1'],
      ['b', 'm2'],
      ['a', 'm3'],
    ])
    const table = await read()
    expect(heard.slice(1)).toEqual(table.entries.slice(-2))
    expect(heard.map(({ previousVersion }) => previousVersion)).toEqual([
      table.entries[0]?.version,
      ...heard.slice(0, -1).map(({ version }) => version),
    ])
    expect(new Set([table.epoch, ...heard.map(({ epoch }) => epoch)]).size).toEqual(1)
    listener.end()
    await set('c', 'm4')
    const later = await listenTo(broker, topic, patienceMs)
    await set('c', 'm5')
    await later.heard(1)
    expect((await listener.heard(0)).length).toEqual(3)
  })

  check('is atomic: sets at once are all kept, each at the version that it was told', async ({ broker, topic }) => {
    const { set, rows } = tableOf(broker, topic)
    const told = await Promise.all(ids(50).map((id) => set(`key of ${id}`, id)))
    const expected = ids(50).map((id, index) => [`key of ${id}`, id, Number(told[index]?.[0])] as const)
    expect(await rows()).toEqual([...expected].sort(([, , a], [, , b]) => a - b))
    expect(new Set(told.map(([version]) => version)).size).toEqual(50)
  })

  check('gives a repeat the version of the first, changes nothing and sends nothing again', async (on) => {
    const { broker, topic, patienceMs } = on
    const { set, rows } = tableOf(broker, topic)
    const listener = await listenTo(broker, topic, patienceMs)
    const [first] = await set('a', 'm1')
    const [second] = await set('a', 'm2')
    expect(await set('a', 'm1')).toEqual([first, true])
    const [third] = await set('b', 'm3')
    expect(await rows()).toEqual([
      ['a', 'm2', second],
      ['b', 'm3', third],
    ])
    expect((await listener.heard(3)).map(({ id }) => id)).toEqual(['m1', 'm2', 'm3'])
  })

  check('refuses what would make it too large, and only that', async ({ broker, topic }) => {
    const { set, rows } = tableOf(broker, topic)
    const two = { entries: 2 }
    const [a] = await set('a', 'm1', undefined, two)
    await set('b', 'm2', undefined, two)
    expect(await set('c', 'm3', undefined, two)).toEqual('full')
    const [b] = await set('b', 'm4', undefined, two)
    const large = `,"data":"${'x'.repeat(500)}"`
    expect(await set('b', 'm5', large, { bytes: 400 })).toEqual('full')
    expect(await set('c', 'm6', large, { bytes: 400 })).toEqual('full')
    expect(await rows()).toEqual([
      ['a', 'm1', a],
      ['b', 'm4', b],
    ])
    // What was refused was not accepted: another try under its id is no repeat.
    expect((await set('c', 'm3'))[1]).toEqual(false)
  })

  check('takes out what is removed, remembers that for who is behind, and has room for another', async (on) => {
    const { broker, topic, patienceMs } = on
    const { set, remove, read, rows } = tableOf(broker, topic)
    const two = { entries: 2 }
    await set('a', 'm1', undefined, two)
    const [b] = await set('b', 'm2', undefined, two)
    const listener = await listenTo(broker, topic, patienceMs)
    const removed = await remove('a', 'm3')
    expect(removed > Number(b)).toEqual(true)
    const [heard] = await listener.heard(1)
    expect([heard?.key, heard?.id, heard?.isRemoved, heard?.version, heard?.previousVersion]).toEqual([
      'a',
      'm3',
      true,
      removed,
      b,
    ])
    const { entries, version, forgotten } = await read()
    expect([entries.at(-1), version, forgotten]).toEqual([heard, removed, 0])
    const [c] = await set('c', 'm4', undefined, two)
    expect(await rows()).toEqual([
      ['b', 'm2', b],
      ['c', 'm4', c],
    ])
    expect(await set('a', 'm5', undefined, two)).toEqual('full')
    const again = await remove('never set', 'm6')
    expect(Number((await set('a', 'm7'))[0]) > again).toEqual(true)
    expect((await rows()).length).toEqual(3)
  })

  check('never refuses a removal, and says up to where it has forgotten some', async ({ broker, topic }) => {
    const { set, remove, read } = tableOf(broker, topic)
    await set('stays', 'm0')
    const versions: number[] = []
    for (const id of ids(1_200)) versions.push(await remove(`key of ${id}`, id))
    expect(versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0))).toEqual(true)
    const { entries, version, forgotten } = await read()
    expect(version).toEqual(versions.at(-1))
    const remembered = entries.filter(({ isRemoved }) => isRemoved).map((entry) => entry.version)
    expect(remembered.length >= 1_000).toEqual(true)
    // Every removal is either remembered or no newer than what it says to have forgotten.
    expect(versions.filter((each) => each > forgotten)).toEqual(remembered)
    expect(entries[0]?.key).toEqual('stays')
  })

  check('keeps every key and payload as it was, text and bytes', async ({ broker, topic }) => {
    const { set, read } = tableOf(broker, topic)
    const keys = ['', '__proto__', 'ü 💥', ' ', 'a:b{c}*', 'k'.repeat(256)]
    const payload: EncodedPayload = { fragment: ',"data":"\\u0000 ü"', bytes: [Uint8Array.of(0, 255, 10)] }
    for (const [index, key] of keys.entries()) await set(key, `m${index}`, payload)
    const { entries } = await read()
    expect(entries.map(({ key }) => key)).toEqual(keys)
    const kept = entries.map(
      ({ payload: each }) => typeof each !== 'string' && [each.fragment, [...(each.bytes[0] ?? [])]],
    )
    expect(kept).toEqual(keys.map(() => [payload.fragment, [0, 255, 10]]))
  })

  check('keeps tables apart, also their ids', async ({ broker, topic }) => {
    const other = tableOf(broker, contractTopic(broker).topic)
    await tableOf(broker, topic).set('a', 'm1')
    expect((await other.set('a', 'm1'))[1]).toEqual(false)
    await other.set('b', 'm2')
    expect((await tableOf(broker, topic).rows()).length).toEqual(1)
  })

  check('refuses to set and read when it is closed', async ({ broker, topic }) => {
    const { set, read } = tableOf(broker, topic)
    await set('a', 'm1')
    await broker.close()
    expect(await isRefused(() => set('a', 'm2'))).toEqual(true)
    expect(await isRefused(read)).toEqual(true)
  })

  if (advance !== undefined) {
    check('remembers an id for two minutes, and a value for ever', async ({ broker, topic }) => {
      const { set, rows } = tableOf(broker, topic)
      const [first] = await set('a', 'm1')
      await advance(broker, 119_000)
      expect(await set('a', 'm1')).toEqual([first, true])
      await advance(broker, 7 * 86_400_000)
      expect(await rows()).toEqual([['a', 'm1', first]])
    })
  }

  if (crash !== undefined) {
    check('starts another epoch after a crash', async ({ broker, topic }) => {
      const { set, read } = tableOf(broker, topic)
      await set('a', 'm1')
      const { epoch } = await read()
      const after = await crash(broker)
      const table = tableOf(after, topic)
      expect((await table.read()).epoch === epoch).toEqual(false)
      await table.set('b', 'm2')
      expect((await table.rows()).length).toEqual(1)
      await after.close()
    })
  }

  if (anotherNode === undefined) return
  check('joins nodes: what one sets the other hears, reads and knows by id', async (on) => {
    const { broker, topic, patienceMs } = on
    const other = await anotherNode(broker)
    try {
      const [here, there] = [tableOf(broker, topic), tableOf(other, topic)]
      const listener = await listenTo(other, topic, patienceMs)
      const [first] = await here.set('a', 'm1')
      const [second] = await there.set('b', 'm2')
      expect(await there.set('a', 'm1')).toEqual([first, true])
      expect((await listener.heard(2)).map(({ id }) => id)).toEqual(['m1', 'm2'])
      for (const table of [here, there]) {
        expect(await table.rows()).toEqual([
          ['a', 'm1', first],
          ['b', 'm2', second],
        ])
      }
    } finally {
      await other.close()
    }
  })
}

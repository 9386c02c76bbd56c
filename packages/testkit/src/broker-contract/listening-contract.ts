/** What listening promises, and what it does not: whoever needs every event reads as well. */
import type { BrokerUnderTest } from './broker-under-test.js'
import {
  type BrokerFaults,
  type ContractTest,
  contractTopic,
  ids,
  idsOf,
  isRefused,
  type TestRunner,
} from './contract-test.js'

export function listeningContract<TBroker extends BrokerUnderTest>(
  { expect }: TestRunner,
  check: ContractTest<TBroker>,
  { anotherNode }: BrokerFaults<TBroker>,
): void {
  check('is proved when nothing is wrong', async ({ broker }) => {
    expect(broker.state).toEqual('proved')
  })

  check(
    'lets a listener hear, in order, what is accepted after `subscribe` resolved',
    async ({ publish, read, listen }) => {
      await publish(['before'])
      const listener = await listen()
      await publish(ids(20))
      const heard = await listener.heard(20)
      expect(idsOf(heard)).toEqual(ids(20))
      expect(heard).toEqual((await read({ last: 20 })).entries)
    },
  )

  check('lets each listener hear, also one that listens twice, until it ends', async ({ publish, listen }) => {
    const [first, second] = [await listen(), await listen()]
    await publish(['a'])
    expect([idsOf(await first.heard(1)), idsOf(await second.heard(1))]).toEqual([['a'], ['a']])
    first.end()
    await publish(['b'])
    expect(idsOf(await second.heard(2))).toEqual(['a', 'b'])
    expect(idsOf(await first.heard(1))).toEqual(['a'])
  })

  check('lets nobody hear another topic', async ({ broker, publish, listen }) => {
    const listener = await listen()
    await contractTopic(broker).publish(['elsewhere'])
    await publish(['here'])
    expect(idsOf(await listener.heard(1))).toEqual(['here'])
  })

  check('refuses to publish and read when it is closed', async ({ broker, publish, read }) => {
    await publish(['a'])
    await broker.close()
    expect(await isRefused(() => publish(['b']))).toEqual(true)
    expect(await isRefused(() => read('start'))).toEqual(true)
  })

  if (anotherNode === undefined) return
  check(
    'joins nodes: what one publishes the other hears, reads and knows by id',
    async ({ broker, topic, publish, listen }) => {
      const other = contractTopic(await anotherNode(broker), { topic })
      try {
        const [here, there] = [await listen(), await other.listen()]
        const [first] = await publish(['a'])
        await other.publish(['b'])
        expect(await other.publish(['a'])).toEqual([first])
        expect([idsOf(await here.heard(2)), idsOf(await there.heard(2))]).toEqual([
          ['a', 'b'],
          ['a', 'b'],
        ])
        expect(idsOf((await other.read('start')).entries)).toEqual(['a', 'b'])
      } finally {
        await other.broker.close()
      }
    },
  )

  check('numbers without holes when nodes publish at once', async ({ broker, topic, publish, read }) => {
    const other = contractTopic(await anotherNode(broker), { topic })
    try {
      await Promise.all([publish(ids(20, 'a')), other.publish(ids(20, 'b'))])
      const { entries } = await read('start')
      expect(entries.map(({ offset }) => offset)).toEqual(ids(40).map((_, index) => index + 1))
      // Each node's own order is kept.
      for (const node of ['a', 'b']) {
        expect(idsOf(entries).filter((id) => id.startsWith(node))).toEqual(ids(20, node))
      }
    } finally {
      await other.broker.close()
    }
  })
}

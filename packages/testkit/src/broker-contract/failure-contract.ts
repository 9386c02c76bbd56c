/** What is still true after a broker failed: less history, but no wrong one. */
import { eventually } from '../eventually.js'
import type { BrokerUnderTest, ContractPage } from './broker-under-test.js'
import { type BrokerFaults, type ContractTest, contractTopic, ids, idsOf, type TestRunner } from './contract-test.js'

export function failureContract<TBroker extends BrokerUnderTest>(
  { expect }: TestRunner,
  check: ContractTest<TBroker>,
  { crash, loseTail, goDeaf }: BrokerFaults<TBroker>,
): void {
  if (crash !== undefined) {
    check('starts another epoch after a crash, so that no position of before is taken for one of now', async (on) => {
      const positions = await on.publish(ids(3))
      const after = contractTopic(await crash(on.broker), { topic: on.topic })
      for (const written of [[], ids(5, 'n')]) {
        await after.publish(written)
        for (const position of positions) {
          const { gap, top } = await after.read(position)
          expect([gap?.reason, gap?.position]).toEqual(['epoch', top])
        }
      }
      await after.broker.close()
    })
  }

  if (loseTail !== undefined) {
    check(
      'tells who saw a lost tail that it was rewound, and nobody else',
      async ({ broker, topic, publish, read }) => {
        const positions = await publish(ids(5))
        await loseTail(broker, topic, 3)
        expect((await read('start')).top).toEqual(positions[2])
        const judge = async (): Promise<(string | undefined)[]> =>
          Promise.all(positions.map(async (position) => (await read(position)).gap?.reason))
        const expected = [undefined, undefined, undefined, 'rewound', 'rewound']
        expect(await judge()).toEqual(expected)
        // Written to again, below, at and beyond the offsets that were seen.
        for (const id of ids(4, 'n')) {
          await publish([id])
          expect(await judge()).toEqual(expected)
        }
        const page = await read(positions[4] as ContractPage['top'])
        expect([page.gap?.position, page.entries]).toEqual([page.top, []])
        expect(idsOf((await read(positions[2] as ContractPage['top'])).entries)).toEqual(ids(4, 'n'))
      },
    )

    check('accepts a lost event again; the same events after the same past prove the same positions', async (on) => {
      const { broker, topic, publish, read } = on
      const positions = await publish(ids(4))
      await loseTail(broker, topic, 2)
      expect(await publish(['e3', 'e4'])).toEqual(positions.slice(2))
      expect((await read(positions[3] as ContractPage['top'])).gap).toEqual(undefined)
    })

    check('never answers a repeat with a position that was lost', async ({ broker, topic, publish, read }) => {
      await publish(ids(4))
      await loseTail(broker, topic, 2)
      await publish(['n1'])
      const [again] = await publish(['e3'])
      expect((await read(again as ContractPage['top'])).gap).toEqual(undefined)
      expect(idsOf((await read('start')).entries)).toEqual(['e1', 'e2', 'n1', 'e3'])
    })
  }

  if (goDeaf !== undefined) {
    check('says `stale` while it is deaf, `proved` afterwards, and loses nothing for readers', async (on) => {
      const { broker, publish, read, listen } = on
      const states: string[] = []
      broker.onState((state) => states.push(state))
      const listener = await listen()
      await publish(['a'])
      await listener.heard(1)
      const end = await goDeaf(broker)
      await publish(['b', 'c']).catch(() => {})
      await eventually(() => broker.state === 'stale', {
        message: 'noticing that it is deaf',
        timeoutMs: on.patienceMs,
      })
      await end()
      await eventually(() => broker.state === 'proved', { message: 'being proved again', timeoutMs: on.patienceMs })
      expect([states.includes('stale'), states.at(-1)]).toEqual([true, 'proved'])
      // Who publishes again, because no answer came, makes no second event.
      await publish(['b', 'c', 'd'])
      expect(idsOf((await read('start')).entries)).toEqual(['a', 'b', 'c', 'd'])
      await eventually(async () => (await listener.heard(1)).some(({ id }) => id === 'd'), {
        message: 'hearing again',
        timeoutMs: on.patienceMs,
      })
    })
  }
}

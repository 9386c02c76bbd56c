/** What publishing promises (P7.3, P7.6). */
import { hash } from 'node:crypto'
import type { EncodedPayload } from '@trunkline/core'
import type { BrokerUnderTest } from './broker-under-test.js'
import {
  type BrokerFaults,
  type ContractTest,
  contractTopic,
  ids,
  idsOf,
  KEEP_ALL,
  payloadOf,
  type TestRunner,
} from './contract-test.js'

const chainTag = (previous: string, id: string): string => hash('sha1', previous + id).slice(0, 16)

export function publishingContract<TBroker extends BrokerUnderTest>(
  { expect }: TestRunner,
  check: ContractTest<TBroker>,
  { advance }: BrokerFaults<TBroker>,
): void {
  check('numbers from 1 without holes and chains the tags', async ({ publish, read }) => {
    const positions = await publish(['a', 'b', 'c'])
    const a = chainTag('', 'a')
    const b = chainTag(a, 'b')
    expect(positions.map(({ offset, tag }) => [offset, tag])).toEqual([
      [1, a],
      [2, b],
      [3, chainTag(b, 'c')],
    ])
    expect(new Set(positions.map(({ epoch }) => epoch)).size).toEqual(1)
    const { entries } = await read('start')
    expect(entries.map(({ id, previousTag }) => [id, previousTag])).toEqual([
      ['a', ''],
      ['b', a],
      ['c', b],
    ])
  })

  check('keeps each payload as it was, text and bytes', async ({ broker, topic, read }) => {
    const payloads: EncodedPayload[] = [
      ',"data":"\\u0000 ü 💥 \\"quoted\\""',
      ',"data":1,"meta":{"values":["Date"]}',
      { fragment: ',"data":null', bytes: [Uint8Array.of(0, 255, 10, 13), new Uint8Array(0)] },
    ]
    for (const [index, payload] of payloads.entries()) {
      await broker.publish(topic, { id: `p${index}`, payload }, KEEP_ALL)
    }
    const { entries } = await read('start')
    expect(entries.map(({ payload }) => asPlain(payload))).toEqual(payloads.map(asPlain))
  })

  check('gives a repeat the position of the first and sends nothing again', async ({ publish, read, listen }) => {
    const listener = await listen()
    const [first] = await publish(['a'])
    await publish(['b'])
    expect(await publish(['a', 'c'])).toEqual([first, (await read('start')).top])
    expect(idsOf((await read('start')).entries)).toEqual(['a', 'b', 'c'])
    expect(idsOf(await listener.heard(3))).toEqual(['a', 'b', 'c'])
  })

  check('makes one event of many publishes of one id at once', async ({ broker, topic, read }) => {
    const published = await Promise.all(
      ids(20).map(() => broker.publish(topic, { id: 'same', payload: payloadOf('same') }, KEEP_ALL)),
    )
    expect(published.filter(({ duplicate }) => !duplicate).length).toEqual(1)
    expect(new Set(published.map(({ position }) => position?.offset))).toEqual(new Set([1]))
    expect((await read('start')).top.offset).toEqual(1)
  })

  check(
    'is atomic: publishes at once are all accepted, each at the place that it was told',
    async ({ broker, topic, read }) => {
      const all = ids(50)
      const published = await Promise.all(
        all.map((id) => broker.publish(topic, { id, payload: payloadOf(id) }, KEEP_ALL)),
      )
      const { entries } = await read('start')
      expect(entries.map(({ offset }) => offset)).toEqual(all.map((_, index) => index + 1))
      expect(idsOf(entries).sort()).toEqual([...all].sort())
      const told = published.map(({ position }, index) => [position?.offset, all[index]])
      expect(told.sort(byOffset)).toEqual(entries.map(({ offset, id }) => [offset, id]))
      expect(entries.every(({ tag, previousTag, id }) => tag === chainTag(previousTag, id))).toEqual(true)
    },
  )

  check('keeps topics apart, also their ids', async ({ broker, publish, read }) => {
    const other = contractTopic(broker)
    await publish(['a', 'b'])
    await other.publish(['a'])
    expect((await read('start')).top.offset).toEqual(2)
    expect(idsOf((await other.read('start')).entries)).toEqual(['a'])
  })

  check(
    'sends an ephemeral event without numbering or keeping it',
    async ({ broker, topic, publish, read, listen }) => {
      const ephemeral: EncodedPayload[] = []
      await broker.subscribe(topic, { onEntry: () => {}, onEphemeral: (payload) => ephemeral.push(payload) })
      const listener = await listen()
      expect(await broker.publish(topic, { id: undefined, payload: payloadOf('x') }, undefined)).toEqual({
        position: undefined,
        duplicate: false,
      })
      await broker.publish(topic, { id: 'once', payload: payloadOf('y') }, undefined)
      const again = await broker.publish(topic, { id: 'once', payload: payloadOf('y') }, undefined)
      expect(again).toEqual({ position: undefined, duplicate: true })
      await publish(['a'])
      // What is stored comes through the same door, so what was ephemeral is there when it is.
      expect(idsOf(await listener.heard(1))).toEqual(['a'])
      expect(ephemeral).toEqual([payloadOf('x'), payloadOf('y')])
      expect((await read('start')).top.offset).toEqual(1)
    },
  )

  if (advance === undefined) return
  check('remembers an id for two minutes', async ({ broker, publish, read }) => {
    await publish(['a'])
    await advance(broker, 119_000)
    await publish(['a'])
    expect((await read('start')).top.offset).toEqual(1)
  })
}

function asPlain(payload: EncodedPayload): unknown {
  return typeof payload === 'string' ? payload : [payload.fragment, ...payload.bytes.map((bytes) => [...bytes])]
}

function byOffset(a: readonly unknown[], b: readonly unknown[]): number {
  return Number(a[0]) - Number(b[0])
}

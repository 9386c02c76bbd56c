/** What reading and its proof promise (P7.4, P7.5). */
import type { BrokerUnderTest, ContractPage } from './broker-under-test.js'
import {
  type BrokerFaults,
  type ContractTest,
  type ContractTopic,
  ids,
  idsOf,
  KEEP_ALL,
  positionOf,
  type TestRunner,
} from './contract-test.js'

/** Retention is a minimum: a broker may let go in larger pieces, but not for ever. */
const MAX_BEFORE_TRIM = 4_096

export function readingContract<TBroker extends BrokerUnderTest>(
  { expect }: TestRunner,
  check: ContractTest<TBroker>,
  { advance }: BrokerFaults<TBroker>,
): void {
  check('takes a topic that nobody published on for an empty history that has a place', async ({ read, publish }) => {
    const empty = await read('start')
    expect([empty.entries.length, empty.top.offset, empty.top.tag, empty.oldest, empty.gap]).toEqual([
      0,
      0,
      '',
      1,
      undefined,
    ])
    expect((await read(empty.top)).gap).toEqual(undefined)
    await publish(['a'])
    expect(idsOf((await read(empty.top)).entries)).toEqual(['a'])
  })

  check('reads from the start, so many from the end, and after a position', async ({ publish, read }) => {
    const positions = await publish(ids(5))
    expect(idsOf((await read('start')).entries)).toEqual(ids(5))
    expect(idsOf((await read({ last: 2 })).entries)).toEqual(['e4', 'e5'])
    expect(idsOf((await read({ last: 100 })).entries)).toEqual(ids(5))
    expect((await read({ last: 0 })).entries).toEqual([])
    for (const [index, position] of positions.entries()) {
      const page = await read(position)
      expect([page.gap, page.after, idsOf(page.entries)]).toEqual([undefined, position, ids(5).slice(index + 1)])
      expect(page.top).toEqual(positions.at(-1))
    }
  })

  check('gives entries that chain behind `after`, whatever was asked', async ({ publish, read }) => {
    const positions = await publish(ids(4))
    const asked = ['start', { last: 3 }, { last: 0 }, ...positions] as const
    for (const from of asked) expect(isChained(await read(from))).toEqual(true)
  })

  check('gives pages of at most so many entries or bytes, and never none', async ({ broker, topic, publish }) => {
    await publish(ids(7))
    expect(idsOf((await broker.read(topic, 'start', { events: 3, bytes: 1e6 })).entries)).toEqual(ids(3))
    expect(idsOf((await broker.read(topic, 'start', { events: 3, bytes: 1 })).entries)).toEqual(['e1'])
    const read: string[] = []
    let page = await broker.read(topic, 'start', { events: 2, bytes: 1e6 })
    while (page.entries.length > 0) {
      read.push(...idsOf(page.entries))
      page = await broker.read(topic, positionOf(page.entries.at(-1) ?? page.after), { events: 2, bytes: 1e6 })
    }
    expect(read).toEqual(ids(7))
  })

  check(
    'calls it `rewound` when the tag at an offset is another, or the offset was never reached',
    async ({ publish, read }) => {
      const [, second, third] = await publish(ids(3))
      for (const position of [
        { ...second, tag: 'ffffffffffffffff' },
        { ...third, offset: 9 },
        { ...third, tag: '' },
      ]) {
        // The positions exist: three were published.
        const page = await read(position as typeof page.top)
        expect([page.gap?.reason, page.gap?.position, page.entries]).toEqual(['rewound', third, []])
      }
    },
  )

  check('calls it `epoch` when the epoch is another', async ({ publish, read }) => {
    const [first] = await publish(ids(2))
    const page = await read({ offset: 1, tag: first?.tag ?? '', epoch: 'another' })
    expect([page.gap?.reason, page.after]).toEqual(['epoch', page.gap?.position])
    expect(isChained(page)).toEqual(true)
  })

  check('keeps at least the newest entries that the retention names', async ({ publish, read }) => {
    const positions = await publish(ids(30), { ...KEEP_ALL, events: 10 })
    const page = await read('start')
    expect(idsOf(page.entries).slice(-10)).toEqual(ids(30).slice(-10))
    expect(page.gap).toEqual(undefined)
    expect((await read(positions[20] as typeof page.top)).gap).toEqual(undefined)
    expect(isChained(page)).toEqual(true)
  })

  check('keeps the newest entry, however large it is', async ({ broker, topic, read }) => {
    const payload = `,"data":"${'x'.repeat(2_000)}"`
    await broker.publish(topic, { id: 'large', payload }, { ...KEEP_ALL, bytes: 100 })
    expect(idsOf((await read('start')).entries)).toEqual(['large'])
  })

  check('calls it `trimmed` and counts what is gone; the place before the oldest is proved still', async (on) => {
    const { positions, page } = await publishUntilTrimmed(on)
    const oldest = page.oldest
    const gap = (await on.read(positions[0] as typeof page.top)).gap
    expect(gap).toEqual({ reason: 'trimmed', missed: oldest - 2, position: page.after })
    expect(page.after.offset).toEqual(oldest - 1)
    const proved = await on.read(positions[oldest - 2] as typeof page.top)
    expect([proved.gap, proved.entries[0]?.offset]).toEqual([undefined, oldest])
    const wrong = await on.read({ ...page.after, tag: 'ffffffffffffffff' })
    expect(wrong.gap?.reason).toEqual('rewound')
  })

  if (advance === undefined) return
  check(
    'calls it `expired` when age let go, and proves the top although nothing is left',
    async ({ broker, publish, read }) => {
      const [first, second] = await publish(ids(2), { ...KEEP_ALL, ageMs: 10_000 })
      await advance(broker, 25_000)
      const page = await read(first as typeof page.top)
      expect([page.gap?.reason, page.gap?.missed, page.gap?.position]).toEqual(['expired', 1, second])
      const atTop = await read(second as typeof page.top)
      expect([atTop.gap, atTop.entries, atTop.top]).toEqual([undefined, [], second])
      expect((await publish(['e3']))[0]?.offset).toEqual(3)
      expect(idsOf((await read(second as typeof page.top)).entries)).toEqual(['e3'])
    },
  )
}

function isChained({ after, entries, top }: ContractPage): boolean {
  let at = after
  for (const entry of entries) {
    if (entry.epoch !== at.epoch || entry.offset !== at.offset + 1 || entry.previousTag !== at.tag) return false
    at = entry
  }
  return top.epoch === at.epoch && top.offset >= at.offset
}

async function publishUntilTrimmed(
  on: ContractTopic,
): Promise<{ positions: ContractPage['top'][]; page: ContractPage }> {
  const positions: ContractPage['top'][] = []
  while (positions.length < MAX_BEFORE_TRIM) {
    positions.push(...(await on.publish(ids(16, `t${positions.length}-`), { ...KEEP_ALL, events: 8 })))
    const page = await on.read('start')
    if (page.oldest > 2) return { positions, page }
  }
  throw new Error(`nothing was let go within ${MAX_BEFORE_TRIM} events, with a retention of 8`)
}

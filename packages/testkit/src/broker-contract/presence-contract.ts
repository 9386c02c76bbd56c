/** What presence promises: members that count only while the lease of their node lives. */
import { randomUUID } from 'node:crypto'
import { eventually } from '../eventually.js'
import type { BrokerUnderTest } from './broker-under-test.js'
import { type BrokerFaults, type ContractTest, contractTopic, ids, type TestRunner } from './contract-test.js'
import type { ContractMember, PresenceUnderTest } from './stores-under-test.js'

const LEASE_MS = 60_000

/** One node's part of a presence store, with shorthands. */
interface Node {
  readonly presence: PresenceUnderTest
  /** Its name; no other test uses it. */
  readonly node: string
  member(joinId: string, state?: string): ContractMember
  put(topic: string, joinId: string, state?: string): Promise<void>
  renew(leaseMs?: number): Promise<boolean>
}

function nodeOf(broker: BrokerUnderTest): Node {
  const { presence } = broker
  if (presence === undefined) throw new Error(`${broker.name} keeps no presence; say so with \`lacks\`.`)
  const node = randomUUID()
  const member = (joinId: string, state = 'here'): ContractMember => ({
    joinId: `${node}.${joinId}`,
    node,
    identity: `who joins as ${joinId}`,
    payload: `,"data":${JSON.stringify(state)}`,
    updatedAtMs: 1_700_000_000_000.5,
  })
  return {
    presence,
    node,
    member,
    put: (topic, joinId, state) => presence.put(topic, member(joinId, state)),
    renew: (leaseMs = LEASE_MS) => presence.renewLease(node, leaseMs),
  }
}

const byJoin = (a: ContractMember, b: ContractMember): number => (a.joinId < b.joinId ? -1 : 1)

async function readFrom({ presence }: Pick<Node, 'presence'>, topic: string): Promise<ContractMember[]> {
  return [...(await presence.read(topic))].sort(byJoin)
}

/** Watches a topic: what was heard of each join last; `undefined` when that was its removal. */
async function watch(
  { presence }: Pick<Node, 'presence'>,
  topic: string,
  timeoutMs: number,
): Promise<{
  hears(what: () => boolean): Promise<unknown>
  last: Map<string, ContractMember | undefined>
  end(): void
}> {
  const last = new Map<string, ContractMember | undefined>()
  const end = await presence.watch(topic, {
    onPut: (member) => last.set(member.joinId, member),
    onRemove: (joinId) => last.set(joinId, undefined),
  })
  return { last, end, hears: (what) => eventually(what, { timeoutMs, message: `hearing of who is on ${topic}` }) }
}

export function presenceContract<TBroker extends BrokerUnderTest>(
  { expect }: TestRunner,
  check: ContractTest<TBroker>,
  { anotherNode, advance, crash }: BrokerFaults<TBroker>,
): void {
  check('shows who was put while the lease of its node lives, as it was put', async ({ broker, topic }) => {
    const node = nodeOf(broker)
    expect(await readFrom(node, topic)).toEqual([])
    await node.renew()
    await node.put(topic, 'a', 'ü 💥 "quoted"')
    await node.put(topic, 'b')
    expect(await readFrom(node, topic)).toEqual([node.member('a', 'ü 💥 "quoted"'), node.member('b')])
  })

  check('does not count who was put by a node without a lease, until it has one', async ({ broker, topic }) => {
    const node = nodeOf(broker)
    await node.put(topic, 'a')
    expect(await readFrom(node, topic)).toEqual([])
    await node.renew()
    await node.put(topic, 'a')
    expect(await readFrom(node, topic)).toEqual([node.member('a')])
  })

  check('says whether a lease had lived', async ({ broker }) => {
    const node = nodeOf(broker)
    expect(await node.renew()).toEqual(false)
    expect(await node.renew()).toEqual(true)
    expect(await nodeOf(broker).renew()).toEqual(false)
  })

  check('replaces a join that is put again, removes one, and takes one that is not there for removed', async (on) => {
    const { broker, topic } = on
    const node = nodeOf(broker)
    await node.renew()
    await node.put(topic, 'a')
    await node.put(topic, 'a', 'changed')
    expect(await readFrom(node, topic)).toEqual([node.member('a', 'changed')])
    await node.presence.remove(topic, node.member('a').joinId)
    await node.presence.remove(topic, node.member('a').joinId)
    expect(await readFrom(node, topic)).toEqual([])
  })

  check('does what one node asks in the order in which it asked', async ({ broker, topic, patienceMs }) => {
    const node = nodeOf(broker)
    const watcher = await watch(node, topic, patienceMs)
    const asked: Promise<unknown>[] = [node.renew()]
    for (const state of ids(20)) asked.push(node.put(topic, 'a', state))
    asked.push(node.presence.remove(topic, node.member('a').joinId), node.put(topic, 'a', 'last'))
    asked.push(node.put(topic, 'b'), node.presence.remove(topic, node.member('b').joinId))
    await Promise.all(asked)
    expect(await readFrom(node, topic)).toEqual([node.member('a', 'last')])
    await watcher.hears(() => watcher.last.get(node.member('a').joinId)?.payload === node.member('a', 'last').payload)
    await watcher.hears(() => watcher.last.get(node.member('b').joinId) === undefined)
  })

  check('lets who watches hear of joins, changes and removals until it ends', async ({ broker, topic, patienceMs }) => {
    const node = nodeOf(broker)
    await node.renew()
    const [first, second] = [await watch(node, topic, patienceMs), await watch(node, topic, patienceMs)]
    const { joinId } = node.member('a')
    await node.put(topic, 'a')
    for (const watcher of [first, second]) {
      await watcher.hears(() => watcher.last.has(joinId))
      expect(watcher.last.get(joinId)).toEqual(node.member('a'))
    }
    first.end()
    await node.put(topic, 'a', 'changed')
    await second.hears(() => second.last.get(joinId)?.payload === node.member('a', 'changed').payload)
    await node.presence.remove(topic, joinId)
    await second.hears(() => second.last.get(joinId) === undefined)
    expect(first.last.get(joinId)).toEqual(node.member('a'))
  })

  check('keeps topics apart', async ({ broker, topic, patienceMs }) => {
    const node = nodeOf(broker)
    await node.renew()
    const other = contractTopic(broker).topic
    const watcher = await watch(node, topic, patienceMs)
    await node.put(other, 'elsewhere')
    await node.put(topic, 'here')
    await watcher.hears(() => watcher.last.size > 0)
    expect([...watcher.last.keys()]).toEqual([node.member('here').joinId])
    expect(await readFrom(node, other)).toEqual([node.member('elsewhere')])
  })

  check('shows many', async ({ broker, topic }) => {
    const node = nodeOf(broker)
    await node.renew()
    await Promise.all(ids(500).map((id) => node.put(topic, id)))
    expect((await readFrom(node, topic)).length).toEqual(500)
  })

  if (advance !== undefined) {
    check('stops counting the members of a node whose lease has ended, and only those', async ({ broker, topic }) => {
      const [dead, alive] = [nodeOf(broker), nodeOf(broker)]
      for (const node of [dead, alive]) {
        await node.renew()
        await node.put(topic, 'a')
      }
      await advance(broker, LEASE_MS - 10_000)
      expect((await readFrom(alive, topic)).length).toEqual(2)
      expect(await alive.renew()).toEqual(true)
      await advance(broker, 15_000)
      expect(await readFrom(alive, topic)).toEqual([alive.member('a')])
    })

    check('says of a lease that had ended that it did; who is put then counts', async ({ broker, topic }) => {
      const node = nodeOf(broker)
      await node.renew()
      await node.put(topic, 'a')
      await advance(broker, LEASE_MS + 5_000)
      expect(await node.renew()).toEqual(false)
      await node.put(topic, 'a', 'again')
      expect(await readFrom(node, topic)).toEqual([node.member('a', 'again')])
    })

    check('lets a node shorten its lease when it stops', async ({ broker, topic }) => {
      const node = nodeOf(broker)
      await node.renew()
      await node.put(topic, 'a')
      await node.renew(10_000)
      expect((await readFrom(node, topic)).length).toEqual(1)
      await advance(broker, 15_000)
      expect(await readFrom(node, topic)).toEqual([])
    })
  }

  if (crash !== undefined) {
    check('has nobody after a crash, and says to each node that its lease did not live', async ({ broker, topic }) => {
      const node = nodeOf(broker)
      await node.renew()
      await node.put(topic, 'a')
      const after = await crash(broker)
      expect(await readFrom(nodeOf(after), topic)).toEqual([])
      expect(await after.presence?.renewLease(node.node, LEASE_MS)).toEqual(false)
      await after.close()
    })
  }

  if (anotherNode === undefined) return
  check('joins nodes: each sees and hears the members of the other', async ({ broker, topic, patienceMs }) => {
    const other = await anotherNode(broker)
    try {
      const [here, there] = [nodeOf(broker), nodeOf(other)]
      const watcher = await watch(there, topic, patienceMs)
      await here.renew()
      await there.renew()
      await here.put(topic, 'a')
      await there.put(topic, 'b')
      const both = [here.member('a'), there.member('b')].sort(byJoin)
      expect([await readFrom(here, topic), await readFrom(there, topic)]).toEqual([both, both])
      await watcher.hears(() => watcher.last.size === 2)
      await here.presence.remove(topic, here.member('a').joinId)
      await watcher.hears(() => watcher.last.get(here.member('a').joinId) === undefined)
      expect(await readFrom(there, topic)).toEqual([there.member('b')])
    } finally {
      await other.close()
    }
  })
}

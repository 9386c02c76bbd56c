import { expect, test } from 'vitest'
import type { BrokerUnderTest, ContractListener } from '../broker-contract/broker-under-test.js'
import { chain, endOf } from './sample-history.js'
import { watchTruth } from './watch-truth.js'

/** A broker of which a test says what it accepts and what it keeps. */
function fakeBroker(
  kept: string,
): Pick<BrokerUnderTest, 'read' | 'subscribe' | 'latest'> & { listener: ContractListener } {
  const entries = chain(kept).map((entry) => ({ ...entry, payload: '', atMs: 0 }))
  const broker = {
    listener: { onEntry: () => {}, onEphemeral: () => {} } as ContractListener,
    read: async (_topic: string, from: unknown) => {
      const after = from === 'start' ? endOf([]) : endOf(entries)
      return { after, entries: from === 'start' ? entries : [], gap: undefined, top: endOf(entries), oldest: 1 }
    },
    subscribe: async (_topic: string, listener: ContractListener) => {
      broker.listener = listener
      return () => {}
    },
    latest: {
      set: () => Promise.reject(new Error('not used')),
      read: async () => ({
        epoch: 'e1',
        version: 2,
        forgotten: 0,
        entries: [{ epoch: 'e1', version: 2, previousVersion: 1, key: 'k', id: 'm2', payload: ',"data":{"n":2}' }],
      }),
    },
  }
  return broker
}

test('keeps everything that was accepted, also what was undone, and where the history ends', async () => {
  const broker = fakeBroker('ac')
  const truth = await watchTruth(broker, 'room')
  const accepted = [...chain('ab'), ...chain('c', endOf(chain('a')))]
  for (const entry of accepted) broker.listener.onEntry({ ...entry, payload: '', atMs: 0 })
  broker.listener.onEphemeral(',"data":"wave"')
  expect(await truth.history()).toMatchObject({
    topic: 'room',
    accepted: accepted.map(({ id, offset, tag }) => ({ id, offset, tag })),
    ephemeral: [',"data":"wave"'],
    top: endOf(chain('ac')),
    oldest: 1,
  })
})

test('names events by what is in them, where they have no id of the test', async () => {
  const broker = fakeBroker('')
  const truth = await watchTruth(broker, 'table', { idOf: (data) => `n${(data as { n: number }).n}` })
  for (const n of [1, 2]) {
    const payload = n === 1 ? `,"data":{"n":${n}}` : { fragment: `,"data":{"n":${n}}`, bytes: [] }
    broker.listener.onSet?.({ epoch: 'e1', version: n, previousVersion: n - 1, key: 'k', id: `m${n}`, payload })
  }
  const { accepted, entries } = await truth.table()
  expect(accepted.map(({ id, version }) => [id, version])).toEqual([
    ['n1', 1],
    ['n2', 2],
  ])
  expect(entries.map(({ id }) => id)).toEqual(['n2'])
})

import type { PreparedMessage } from '@trunkline/core'
import { expect, test } from 'vitest'
import { FanOut } from './fan-out.js'
import { TopicSubscription } from './subscription.js'
import { TailRing } from './tail-ring.js'
import { ModelClient } from './testing/model-client.js'

const start = { epoch: 'e', offset: 0, tag: '' }

function createFanOut(onSlow: ConstructorParameters<typeof FanOut>[0]['onSlow'] = () => {}) {
  const turn: (() => void)[] = []
  const ring = new TailRing(start)
  const fanOut = new FanOut({ ring, endOfTurn: (callback) => turn.push(callback), highWaterBytes: 100, onSlow })
  fanOut.flushed = start
  const endTurn = (): void => {
    for (const callback of turn.splice(0)) callback()
  }
  return { fanOut, ring, endTurn }
}

const entry = (offset: number) => ({ offset, tag: `t${offset}`, frame: `{"event":1,"offset":${offset},"data":{}}` })
const subscribe = (client: ModelClient) => new TopicSubscription(client, { id: 1, since: 'now' })

test('the flushed position and the ring move when the turn ends, not when an event is taken', () => {
  const { fanOut, ring, endTurn } = createFanOut()
  fanOut.push(entry(1))

  expect(fanOut.isAt(start)).toBe(true)
  expect(fanOut.tagAt(1)).toBe('t1')
  expect(ring.tagAt(1)).toBeUndefined()
  endTurn()
  expect(fanOut.isAt({ epoch: 'e', offset: 1, tag: 't1' })).toBe(true)
  expect(ring.tagAt(1)).toBe('t1')
})

test('who turns live while a message is handed out does not get that message', () => {
  const { fanOut, endTurn } = createFanOut()
  const second = new ModelClient()
  class Meddler extends ModelClient {
    override sendPrepared(): void {
      fanOut.add(subscribe(second))
    }
  }
  fanOut.add(subscribe(new Meddler()))
  fanOut.push(entry(1))
  endTurn()

  expect(second.prepared).toHaveLength(0)
})

test('what is pushed while a message is handed out follows it, in order', () => {
  const { fanOut, endTurn } = createFanOut()
  const offsets: number[] = []
  class Echo extends ModelClient {
    override sendPrepared(message: PreparedMessage): void {
      offsets.push(JSON.parse(message.text).offset)
      if (offsets.length === 1) {
        fanOut.push(entry(2))
        fanOut.flush()
        offsets.push(0)
      }
    }
  }
  fanOut.add(subscribe(new Echo()))
  fanOut.push(entry(1))
  endTurn()

  expect(offsets).toEqual([1, 0, 2])
})

test('a full subscriber is told where it stopped: before the message that it did not get', () => {
  const cursors: unknown[] = []
  const { fanOut, endTurn } = createFanOut((subscription, cursor) => {
    fanOut.remove(subscription)
    cursors.push(cursor)
  })
  const slow = new ModelClient()
  slow.stopReading()
  fanOut.add(subscribe(slow))
  for (let offset = 1; offset <= 5; offset++) {
    fanOut.push(entry(offset))
    endTurn()
  }

  // Four frames of 32 units pass 100; the one that passes the mark was still handed over.
  expect(slow.prepared).toHaveLength(4)
  expect(cursors).toEqual([{ epoch: 'e', offset: 4, tag: 't4' }])
})

test('a gap moves the flushed position, and the ring begins anew behind it', () => {
  const { fanOut, ring, endTurn } = createFanOut()
  const position = { epoch: 'f', offset: 9, tag: 't9' }
  fanOut.push(entry(1))
  fanOut.push({ offset: 0, tag: '', frame: '{"gap":1}', gap: { reason: 'epoch', position } })
  expect([fanOut.tagAt(1), fanOut.tagAt(9)]).toEqual([undefined, 't9'])
  fanOut.push(entry(10))
  endTurn()

  expect(fanOut.flushed).toEqual({ epoch: 'f', offset: 10, tag: 't10' })
  expect(ring.after(position, { events: 10, bytes: 1_000 })).toHaveLength(1)
})

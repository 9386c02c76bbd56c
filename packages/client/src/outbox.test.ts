import type { Message } from '@trunkline/core'
import { expect, test } from 'vitest'
import { createOutbox, type Outbox } from './outbox.js'

function create(maxBytes = 262_144): { outbox: Outbox; sent: Message[]; endTurn: () => Promise<void> } {
  const sent: Message[] = []
  const outbox = createOutbox(
    (message) => sent.push(message),
    () => maxBytes,
  )
  return { outbox, sent, endTurn: () => Promise.resolve() }
}

test('what is pushed in one turn leaves as one message at its end', async () => {
  const { outbox, sent, endTurn } = create()
  outbox.push('{"a":1}')
  outbox.push('{"b":2}')
  expect(sent).toEqual([])
  await endTurn()
  expect(sent).toEqual(['[{"a":1},{"b":2}]'])
})

test('one frame leaves without an array around it', async () => {
  const { outbox, sent, endTurn } = create()
  outbox.push('{"a":1}')
  await endTurn()
  outbox.push('{"b":2}')
  await endTurn()
  expect(sent).toEqual(['{"a":1}', '{"b":2}'])
})

test('flush does not wait for the end of the turn, which then sends nothing', async () => {
  const { outbox, sent, endTurn } = create()
  outbox.push('{"a":1}')
  outbox.flush()
  await endTurn()
  expect(sent).toEqual(['{"a":1}'])
})

test('a message holds at most 256 frames (P2.6)', async () => {
  const { outbox, sent, endTurn } = create()
  for (let n = 0; n < 600; n++) outbox.push(`{"ack":${n}}`)
  await endTurn()
  const messages = sent.map((message) => JSON.parse(String(message)) as { ack: number }[])
  expect(messages.map((frames) => frames.length)).toEqual([256, 256, 88])
  expect(messages.flat().map(({ ack }) => ack)).toEqual(Array.from({ length: 600 }, (_, n) => n))
})

test('a message holds at most 65,536 units, brackets included; a larger frame travels alone (P2.6)', async () => {
  const { outbox, sent, endTurn } = create()
  const frame = JSON.stringify({ pad: 'x'.repeat(21_000) })
  for (let n = 0; n < 4; n++) outbox.push(frame)
  const large = JSON.stringify({ pad: 'x'.repeat(70_000) })
  outbox.push(large)
  outbox.push('{"a":1}')
  await endTurn()
  expect(sent.map((message) => message.length)).toEqual([3 * frame.length + 4, frame.length, large.length, 7])
})

test('a message stays below what the server takes, whatever its characters weigh', async () => {
  const { outbox, sent, endTurn } = create(3_000)
  for (let n = 0; n < 20; n++) outbox.push(JSON.stringify({ pad: '漢'.repeat(90) }))
  await endTurn()
  expect(sent.length).toBeGreaterThan(1)
  for (const message of sent) expect(new TextEncoder().encode(String(message)).length).toBeLessThanOrEqual(3_000)
})

test('a binary message overtakes nothing and nothing overtakes it', async () => {
  const { outbox, sent, endTurn } = create()
  const bytes = new Uint8Array([1])
  outbox.push('{"a":1}')
  outbox.push(bytes)
  outbox.push('{"b":2}')
  await endTurn()
  expect(sent).toEqual(['{"a":1}', bytes, '{"b":2}'])
})

test('what was cleared does not leave', async () => {
  const { outbox, sent, endTurn } = create()
  outbox.push('{"a":1}')
  outbox.clear()
  await endTurn()
  expect(sent).toEqual([])
})

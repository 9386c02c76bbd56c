import { PreparedMessage, type Transport } from '@trunkline/core'
import { expect, test } from 'vitest'
import { Outbox } from './outbox.js'
import { SessionSequence } from './session-sequence.js'
import { Turn } from './turn.js'

function recorder(): { transport: Transport; sent: unknown[] } {
  const sent: unknown[] = []
  const transport: Transport = {
    bufferedBytes: 0,
    send: (message) => sent.push(message instanceof PreparedMessage ? message.text : message),
    close: () => {},
    attach: () => {},
  }
  return { transport, sent }
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('frames of one turn leave as one message, in order', async () => {
  const { transport, sent } = recorder()
  const outbox = new Outbox(transport, new Turn())
  outbox.push('{"ok":1}')
  await Promise.resolve()
  outbox.push('{"ok":2}')
  expect(sent).toEqual([])
  await endOfTurn()
  expect(sent).toEqual(['[{"ok":1},{"ok":2}]'])
})

test('a full message leaves at once, so that a busy turn does not grow without bound', () => {
  const { transport, sent } = recorder()
  const outbox = new Outbox(transport, new Turn())
  for (let id = 1; id <= 256; id++) outbox.push(`{"ok":${id}}`)
  expect(sent.length).toBe(1)
  outbox.push(`{"ok":257,"data":"${'x'.repeat(70_000)}"}`)
  expect(sent.length).toBe(2)
})

test('a shared message overtakes nothing that was pushed before it', async () => {
  const { transport, sent } = recorder()
  const outbox = new Outbox(transport, new Turn())
  outbox.push('{"ok":1}')
  outbox.pushPrepared(new PreparedMessage('{"event":1}'))
  outbox.push('{"ok":2}')
  await endOfTurn()
  expect(sent).toEqual(['{"ok":1}', '{"event":1}', '{"ok":2}'])
})

test('in one turn connections flush before topics hand out events', async () => {
  const { transport, sent } = recorder()
  const turn = new Turn()
  const outbox = new Outbox(transport, turn)
  turn.afterConnections(() => outbox.pushPrepared(new PreparedMessage('{"event":1}')))
  outbox.push('{"ok":1}')
  await endOfTurn()
  expect(sent).toEqual(['{"ok":1}', '{"event":1}'])
})

/** An outbox on a session, and how the session sends. */
function sessionOutbox() {
  const { transport, sent } = recorder()
  const outbox = new Outbox(transport, new Turn())
  const sequence = new SessionSequence(0)
  outbox.sequence = sequence
  const send = (frame: string | Uint8Array): void => {
    sequence.count(frame.length)
    outbox.pushSession(frame)
  }
  return { outbox, sequence, sent, send }
}

test('session frames are kept as they left, one by one where a session resumes', async () => {
  const { sequence, sent, send } = sessionOutbox()
  send('{"ok":1}')
  send('{"ok":2}')
  await endOfTurn()
  send('{"ok":3}')
  await endOfTurn()
  expect(sent).toEqual(['[{"ok":1},{"ok":2}]', '{"ok":3}'])
  expect(sequence.after(0)).toEqual(['{"ok":1}', '{"ok":2}', '{"ok":3}'])
})

test('only session frames are kept of a message that holds others too, in whatever order they were pushed', async () => {
  const { outbox, sequence, sent, send } = sessionOutbox()
  outbox.push('{"ack":1}')
  send('{"ok":1}')
  send('{"ok":2}')
  outbox.push('{"pong":1}')
  outbox.push('{"stale":true}')
  send('{"ok":3}')
  await endOfTurn()
  expect(sent).toEqual(['[{"ack":1},{"ok":1},{"ok":2},{"pong":1},{"stale":true},{"ok":3}]'])
  expect(sequence.after(0)).toEqual(['{"ok":1}', '{"ok":2}', '{"ok":3}'])
  expect(sequence.retainedBytes).toBe(24)
})

test('session frames that will not leave are kept all the same, once', async () => {
  const { outbox, sequence, send } = sessionOutbox()
  send('{"ok":1}')
  outbox.settle()
  send('{"ok":2}')
  outbox.settle()
  await endOfTurn()
  expect(sequence.after(0)).toEqual(['{"ok":1}', '{"ok":2}'])
  expect(sequence.retainedBytes).toBe(16)
})

test('bytes keep their place among session frames', async () => {
  const { sequence, sent, send } = sessionOutbox()
  const bytes = new Uint8Array([1, 2, 3])
  send('{"ok":1}')
  send(bytes)
  send('{"ok":3}')
  await endOfTurn()
  expect(sent).toEqual(['{"ok":1}', bytes, '{"ok":3}'])
  expect(sequence.after(0)).toEqual(['{"ok":1}', bytes, '{"ok":3}'])
})

test('a message is never longer than 65,536 units, whatever the frames', async () => {
  const { sequence, sent, send } = sessionOutbox()
  const frames = Array.from({ length: 100 }, (_, index) => `{"ok":${index + 1},"data":"${'x'.repeat(5_000)}"}`)
  for (const frame of frames) send(frame)
  await endOfTurn()
  expect(sent.every((message) => (message as string).length <= 65_536)).toBe(true)
  expect(sent.flatMap((message) => JSON.parse(message as string) as unknown[])).toHaveLength(100)
  expect(sequence.after(60)).toEqual(frames.slice(60))
})

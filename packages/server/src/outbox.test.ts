import { PreparedMessage, type Transport } from '@trunkline/core'
import { expect, test } from 'vitest'
import { Outbox } from './outbox.js'
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

import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { KEPT_MESSAGES, type Message, type RoomEvent } from './room-state'
import { Store } from './store'

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'next-chat-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const say = (text: string): RoomEvent & { message: Message } => ({
  type: 'message',
  message: { id: randomUUID(), from: 'Ada', text, at: new Date() },
})

test('what was said and seen is there again after a restart', async () => {
  const folder = makeFolder()
  const store = new Store(folder)
  const hello = say('Hello')
  await Promise.all([
    store.add('tea', hello),
    store.add('tea', say('Anybody?')),
    store.add('tea', { type: 'read', by: 'Bob', messageId: hello.message.id }),
  ])
  const again = new Store(folder)
  expect(again.room('tea')).toEqual(store.room('tea'))
  expect(again.room('tea').messages.map(({ text }) => text)).toEqual(['Hello', 'Anybody?'])
  expect(again.room('tea').reads).toEqual(new Map([['Bob', hello.message.id]]))
  expect(again.rooms().map(({ name, last }) => [name, last?.text])).toEqual([
    ['general', undefined],
    ['random', undefined],
    ['tea-kitchen', undefined],
    ['tea', 'Anybody?'],
  ])
})

test('a line that was torn by a kill is passed over, and the next one stands on its own', async () => {
  const folder = makeFolder()
  await new Store(folder).add('tea', say('Hello'))
  appendFileSync(join(folder, 'events.jsonl'), '{"room":"tea","event":{"type":"mess')
  const again = new Store(folder)
  await again.add('tea', say('Still here'))
  expect(new Store(folder).room('tea').messages.map(({ text }) => text)).toEqual(['Hello', 'Still here'])
})

test('what is added twice is kept once', async () => {
  const folder = makeFolder()
  const store = new Store(folder)
  const hello = say('Hello')
  await Promise.all([store.add('tea', hello), store.add('tea', hello)])
  expect(store.room('tea').messages).toHaveLength(1)
  expect(readFileSync(join(folder, 'events.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1)
})

test('a start leaves only what is kept in the file', async () => {
  const folder = makeFolder()
  const store = new Store(folder)
  await Promise.all(Array.from({ length: KEPT_MESSAGES + 5 }, (_, n) => store.add('tea', say(`${n}`))))
  expect(store.room('tea').messages[0]?.text).toBe('5')
  new Store(folder)
  expect(readFileSync(join(folder, 'events.jsonl'), 'utf8').trim().split('\n')).toHaveLength(KEPT_MESSAGES)
})

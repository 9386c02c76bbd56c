import { createVirtualClock } from '@trunkline/testkit'
import { expect, test } from 'vitest'
import { PAGES_PER_TURN, PageTurns } from './page-turns.js'
import { ModelClient } from './testing/model-client.js'

const clock = createVirtualClock()
const endOfTurn = (callback: () => void): void => void setImmediate(callback)
const PAGE = JSON.stringify({ page: 'x'.repeat(100) })

/** Somebody with so many pages to hand over; `order` notes whose turn it was. */
function read(turns: PageTurns, client: ModelClient, name: string, pages: number, order: string[]): void {
  const next = (left: number): void =>
    turns.take(client, () => {
      order.push(name)
      client.send(PAGE)
      if (left > 1) next(left - 1)
      return undefined
    })
  next(pages)
}

test('whoever is alone hands over page after page at once', () => {
  const order: string[] = []
  read(new PageTurns(clock, 1_000, endOfTurn), new ModelClient(), 'a', 3, order)
  expect(order).toEqual(['a', 'a', 'a'])
})

test('a full socket is waited for, and those who wait take turns', () => {
  const turns = new PageTurns(clock, 150, endOfTurn)
  const client = new ModelClient()
  client.stopReading()
  const order: string[] = []
  for (const [name, pages] of [
    ['a', 5],
    ['b', 2],
    ['c', 3],
  ] as const)
    read(turns, client, name, pages, order)
  expect(order).toEqual(['a', 'a'])
  for (let round = 0; round < 10; round++) client.readWaiting()
  expect(order.join('')).toBe('aaabcabcac')
})

test('connections do not wait for each other', () => {
  const turns = new PageTurns(clock, 50, endOfTurn)
  const [slow, fast] = [new ModelClient(), new ModelClient()]
  slow.stopReading()
  const order: string[] = []
  read(turns, slow, 'slow', 2, order)
  read(turns, fast, 'fast', 2, order)
  expect(order).toEqual(['slow', 'fast', 'fast'])
})

test('nobody reads while the page of another is being read, but not for ever', async () => {
  const turns = new PageTurns(clock, 1_000, endOfTurn)
  const client = new ModelClient()
  const order: string[] = []
  let answer: () => void = () => {}
  const hangs = (): Promise<void> =>
    new Promise((resolve) => {
      order.push('asks')
      answer = resolve
    })
  turns.take(client, hangs)
  read(turns, client, 'a', 1, order)
  await clock.settle()
  expect(order).toEqual(['asks'])
  answer()
  await clock.settle()
  expect(order).toEqual(['asks', 'a'])

  turns.take(client, hangs)
  read(turns, client, 'b', 1, order)
  await clock.advance(999)
  expect(order.at(-1)).toBe('asks')
  await clock.advance(1)
  expect(order.at(-1)).toBe('b')
  answer()
  await clock.settle()
  expect(clock.pending()).toEqual([])
})

test('a connection that is gone has no turns', () => {
  const turns = new PageTurns(clock, 50, endOfTurn)
  const client = new ModelClient()
  client.stopReading()
  const order: string[] = []
  read(turns, client, 'a', 2, order)
  turns.drop(client)
  client.readWaiting()
  expect(order).toEqual(['a'])
})

test('of all connections together so many pages are handed over in one turn of the event loop, and each gets its share', async () => {
  const turns = new PageTurns(clock, 1_000_000, endOfTurn)
  const names = ['a', 'b', 'c', 'd']
  const order: string[] = []
  for (const name of names) read(turns, new ModelClient(), name, PAGES_PER_TURN, order)
  expect(order).toHaveLength(PAGES_PER_TURN)
  // What is answered at once has no other turn.
  await Promise.resolve()
  expect(order).toHaveLength(PAGES_PER_TURN)

  await new Promise(setImmediate)
  expect(order).toHaveLength(2 * PAGES_PER_TURN)
  const share = (name: string): number => order.slice(PAGES_PER_TURN).filter((other) => other === name).length
  for (const name of names.slice(1)) expect(share(name)).toBeGreaterThanOrEqual(Math.floor(PAGES_PER_TURN / 3))
  await clock.settle()
  expect(order).toHaveLength(names.length * PAGES_PER_TURN)
})

test('a connection that is gone while it waits for the next turn of the event loop has no turns', async () => {
  const turns = new PageTurns(clock, 1_000_000, endOfTurn)
  const client = new ModelClient()
  const order: string[] = []
  read(turns, client, 'a', PAGES_PER_TURN + 1, order)
  turns.drop(client)
  await clock.settle()
  expect(order).toHaveLength(PAGES_PER_TURN)
})

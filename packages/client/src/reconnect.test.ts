import { CLOSE_CODES } from '@trunkline/core'
import { expect, test } from 'vitest'
import { createReconnect } from './reconnect.js'

test('the first delay is anything up to 250 ms, doubling with each attempt up to 20 s', () => {
  const longest = createReconnect({}, () => 1)
  expect([1, 2, 3, 7, 8, 100].map((attempt) => longest.delayMs(attempt))).toEqual([
    250, 500, 1_000, 16_000, 20_000, 20_000,
  ])
  const shortest = createReconnect({}, () => 0)
  expect([1, 8].map((attempt) => shortest.delayMs(attempt))).toEqual([0, 0])
})

test('base and cap are options', () => {
  const policy = createReconnect({ baseMs: 10, capMs: 30, resetAfterMs: 5 }, () => 1)
  expect([1, 2, 3].map((attempt) => policy.delayMs(attempt))).toEqual([10, 20, 30])
  expect(policy.resetAfterMs).toBe(5)
})

test.each([
  [3_000, 3_500],
  [0, 500],
  [-1, 500],
  [Number.NaN, 500],
  [1e15, 600_500],
  [Number.POSITIVE_INFINITY, 600_500],
])('of what the server asks, %d ms, nobody hammers it or waits for ever', (askedMs, delayMs) => {
  expect(createReconnect({}, () => 1).delayMs(2, askedMs)).toBe(delayMs)
})

test.each(Object.values(CLOSE_CODES))('after $code a client does what the table says: $after', ({ code, after }) => {
  expect(createReconnect({}, Math.random).decide(code)).toBe(after)
})

test('an unknown code is taken as a broken socket', () => {
  expect(createReconnect({}, Math.random).decide(4_999)).toBe('retry')
})

test('the app may decide otherwise, knowing what is usual', () => {
  const policy = createReconnect({ decide: (code, usual) => (code === 4401 ? 'retry' : usual) }, Math.random)
  expect(policy.decide(4401)).toBe('retry')
  expect(policy.decide(4403)).toBe('stop')
})

import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.js'

test('takes freely up to its capacity, then says how long its debt takes', () => {
  const bucket = new TokenBucket(100, 3, 0)
  expect([bucket.take(1, 0), bucket.take(1, 0), bucket.take(1, 0)]).toEqual([0, 0, 0])
  expect(bucket.take(1, 0)).toBe(10)
  expect(bucket.has(0)).toBe(false)
})

test('fills again with time, never above its capacity', () => {
  const bucket = new TokenBucket(100, 3, 0)
  bucket.take(3, 0)
  expect(bucket.take(1, 10)).toBe(0)
  expect(bucket.take(3, 1_000_000)).toBe(0)
  expect(bucket.take(1, 1_000_000)).toBe(10)
})

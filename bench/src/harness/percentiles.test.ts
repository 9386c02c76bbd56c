import { expect, test } from 'vitest'
import { median, percentile, spread } from './percentiles.js'

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentile(values, 0.5)).toBe(51)
  expect(percentile([7], 0.99)).toBe(7)
})

test('a spread holds the median and both ends', () => {
  expect(spread([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 })
})

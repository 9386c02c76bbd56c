import { expect, test } from 'vitest'
import { SeriesBuffer } from './series-buffer.js'

test('gives the points of a window, and the one before it', () => {
  const series = new SeriesBuffer()
  for (const second of [1, 2, 3, 4]) series.append(second, second * 10)
  expect(series.since(3)).toEqual([Float64Array.of(2, 3, 4), Float64Array.of(20, 30, 40)])
})

test('leaves out what is not newer than the newest', () => {
  const series = new SeriesBuffer()
  series.append(2, 20)
  series.append(2, 21)
  series.append(1, 10)
  expect(series.since(0)).toEqual([Float64Array.of(2), Float64Array.of(20)])
})

test('keeps the newest points in the same memory, however many came', () => {
  const series = new SeriesBuffer()
  series.append(0, 0)
  const [{ buffer }] = series.since(0)
  for (let second = 1; second <= 10_000; second++) series.append(second, -second)
  const [seconds, values] = series.since(0)
  expect(seconds.buffer).toBe(buffer)
  expect(seconds).toEqual(
    Float64Array.from({ length: seconds.length }, (_each, index) => 10_001 - seconds.length + index),
  )
  expect(values).toEqual(seconds.map((second) => -second))
  expect(seconds.length).toBe(1_800)
})

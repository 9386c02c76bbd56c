import { describe, expect, test } from 'vitest'
import { createRandom } from './random.js'

describe('createRandom', () => {
  test('gives the same values for the same seed', () => {
    const draw = (seed: number): unknown[] => {
      const random = createRandom(seed)
      return [
        random.next(),
        random.int(0, 1_000),
        random.pick(['a', 'b', 'c']),
        random.bytes(8),
        random.shuffle([1, 2, 3]),
      ]
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  test('keeps to the values it has always given, so that old seeds replay', () => {
    const random = createRandom(1)
    expect([random.int(0, 999), random.int(0, 999), random.int(0, 999)]).toEqual([568, 753, 889])
  })

  test('includes both ends of an int and nothing beyond', () => {
    const random = createRandom(3)
    const seen = new Set(Array.from({ length: 200 }, () => random.int(-1, 1)))
    expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1])
  })

  test('spreads evenly over [0, 1) and over all bits of a byte', () => {
    const random = createRandom(5)
    const draws = Array.from({ length: 20_000 }, () => random.next())
    expect(draws.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(draws.reduce((sum, value) => sum + value, 0) / draws.length).toBeCloseTo(0.5, 1)
    expect(new Set(random.bytes(8_000)).size).toBe(256)
  })

  test('takes a chance as often as it says', () => {
    const random = createRandom(9)
    const taken = Array.from({ length: 10_000 }, () => random.chance(0.25)).filter(Boolean).length
    expect(taken).toBeGreaterThan(2_200)
    expect(taken).toBeLessThan(2_800)
    expect(random.chance(0)).toBe(false)
    expect(random.chance(1)).toBe(true)
  })

  test('shuffles a copy that holds the same items', () => {
    const items = Array.from({ length: 50 }, (_, index) => index)
    const shuffled = createRandom(11).shuffle(items)
    expect(shuffled).not.toEqual(items)
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items)
  })

  test('refuses to pick from nothing', () => {
    expect(() => createRandom(1).pick([])).toThrow(RangeError)
  })
})

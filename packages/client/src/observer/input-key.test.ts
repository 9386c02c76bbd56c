import { expect, test } from 'vitest'
import { inputKey } from './input-key.js'

test('inputs that say the same have the same key', () => {
  expect(inputKey({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(inputKey({ b: [{ d: 3, c: 2 }], a: 1 }))
  expect(inputKey({ a: 1, b: undefined })).toBe(inputKey({ a: 1 }))
  expect(inputKey(new Date(7))).toBe(inputKey(new Date(7)))
  expect(inputKey(undefined)).toBe(undefined)
})

test('inputs that differ have different keys, also where JSON sees no difference', () => {
  const inputs = [
    1,
    1n,
    '1',
    [1],
    new Set([1]),
    new Map([[1, 1]]),
    new Map([[1, 2]]),
    {},
    null,
    new Date(7),
    new Date(8),
  ]
  expect(new Set(inputs.map(inputKey)).size).toBe(inputs.length)
})

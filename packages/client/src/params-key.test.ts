import { expect, test } from 'vitest'
import { keyOf } from './params-key.js'

test('is the same for params that say the same, whatever the order of their members', () => {
  expect(keyOf('room', { a: 1, b: { c: [1, 2], d: 'x' } })).toBe(keyOf('room', { b: { d: 'x', c: [1, 2] }, a: 1 }))
})

test('differs by path, by value and by the order of a list', () => {
  const keys = [keyOf('room', { a: 1 }), keyOf('hall', { a: 1 }), keyOf('room', { a: 2 }), keyOf('room', { a: '1' })]
  keys.push(keyOf('room', { a: [1, 2] }), keyOf('room', { a: [2, 1] }), keyOf('room', {}), keyOf('room', undefined))
  expect(new Set(keys).size).toBe(keys.length)
})

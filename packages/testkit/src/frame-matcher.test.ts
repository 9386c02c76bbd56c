import { describe, expect, test } from 'vitest'
import { findMismatch, show } from './frame-matcher.js'

describe('findMismatch', () => {
  test.each([
    ['equal values', 1, 1],
    ['an object with more keys', { id: 1 }, { id: 1, more: true }],
    ['nested objects', { error: { code: 'X' } }, { error: { code: 'X', message: 'no' } }],
    ['an array with the same elements', [1, { a: 2 }], [1, { a: 2, b: 3 }]],
    ['a predicate that holds', { id: (id: unknown) => typeof id === 'number' }, { id: 4 }],
    ['a pattern', { code: /^NOT_/ }, { code: 'NOT_FOUND' }],
    ['the same bytes', Uint8Array.of(1, 2), Buffer.from([1, 2])],
    ['an absent key', { result: undefined }, { id: 1 }],
  ])('accepts %s', (_title, expected, actual) => {
    expect(findMismatch(expected, actual)).toBeUndefined()
  })

  test.each([
    ['another value', { error: { code: 'A' } }, { error: { code: 'B' } }, '$.error.code: expected "A", got "B"'],
    ['a number as text', { id: 1 }, { id: '1' }, '$.id: expected 1, got "1"'],
    ['a missing key', { id: 1 }, {}, '$.id: expected 1, got undefined'],
    ['a key that must be absent', { result: undefined }, { result: 1 }, '$.result: expected undefined, got 1'],
    ['a longer array', [1], [1, 2], '$: expected 1 elements, got 2: [1,2]'],
    ['an object for an array', [1], { 0: 1 }, '$: expected an array, got {"0":1}'],
    ['an array for an object', {}, [], '$: expected an object, got []'],
    ['null for an object', { a: {} }, { a: null }, '$.a: expected an object, got null'],
    ['other bytes', Uint8Array.of(1), Uint8Array.of(2), '$: expected <1 bytes 01>, got <1 bytes 02>'],
    ['a predicate that refuses', { id: Number.isInteger }, { id: 1.5 }, '$.id: isInteger refused 1.5'],
    ['what only the prototype has', { constructor: () => false }, {}, '$.constructor: constructor refused undefined'],
  ])('refuses %s', (_title, expected, actual, mismatch) => {
    expect(findMismatch(expected, actual)).toBe(mismatch)
  })
})

test('show cuts long values and makes functions and patterns visible', () => {
  expect(show({ a: /x/, b: Number.isInteger })).toBe('{"a":"/x/","b":"<isInteger>"}')
  expect(show('y'.repeat(600))).toMatch(/^"y{499}… \(602 characters\)$/)
})

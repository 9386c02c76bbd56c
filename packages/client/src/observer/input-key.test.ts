import { File } from 'node:buffer'
import { expect, test, vi } from 'vitest'
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
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    /a/,
    /b/,
    /a/i,
    new Uint8Array([1]),
    new Uint8Array([2]).buffer,
    new Uint8Array([3]).buffer,
    new Blob(['one']),
    new Blob(['two']),
    new File(['one'], 'a.txt'),
    new File(['one'], 'b.txt'),
  ]
  expect(new Set(inputs.map(inputKey)).size).toBe(inputs.length)
})

test('a file is itself, and no other that looks like it: what is in it would have to be read first', () => {
  const file = new File(['one'], 'a.txt')
  expect(inputKey({ file })).toBe(inputKey({ file }))
  expect(inputKey({ file })).not.toBe(inputKey({ file: new File(['one'], 'a.txt') }))
})

test('a file of another page is another file, as a cache that outlives the page needs it', async () => {
  const key = inputKey(new File(['one'], 'a.txt'))
  vi.resetModules()
  const anotherPage = await import('./input-key.js')
  expect(anotherPage.inputKey).not.toBe(inputKey)
  const keys = [1, 2, 3, 4, 5, 6, 7, 8].map(() => anotherPage.inputKey(new File(['two'], 'b.txt')))
  expect(keys).not.toContain(key)
})

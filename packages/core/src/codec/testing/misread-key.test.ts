import { expect, test } from 'vitest'
import { isMisreadHere, readAfter } from './misread-key.js'

const escaped = ['\\', '\\\\', 'a\\', '"', '\n', 'a"', 'a\n', '\\n', '\0']
const plain = ['a', '', '/', 'é', '\u2028']
const pairs = [...escaped, ...plain].flatMap((before) => [...escaped, ...plain].map((key) => ({ before, key })))
const misread = pairs.filter(({ before, key }) => before !== key && readAfter(before, key) !== key)

test('leaves out what is misread after a key that is in, and a key that others are misread for', () => {
  expect(misread.filter(({ before, key }) => !isMisreadHere(before) || !isMisreadHere(key))).toEqual([])
})

test('leaves nothing out where all keys are read as they are, and nowhere a key without an escape', () => {
  expect(escaped.some(isMisreadHere)).toBe(misread.length > 0)
  expect(plain.some(isMisreadHere)).toBe(false)
})

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { chainTag } from './chain-tag.js'

test('is the first 64 bits of SHA-1 over the tag before it and the id, in hex (P7.3)', () => {
  const expected = createHash('sha1').update('0123456789abcdef').update('ünï-1').digest().subarray(0, 8).toString('hex')

  expect(chainTag('0123456789abcdef', 'ünï-1')).toBe(expected)
})

test('histories that differ in one id never agree again', () => {
  const tagOf = (ids: string[]): string => ids.reduce(chainTag, '')

  expect(tagOf(['a', 'b', 'c'])).not.toBe(tagOf(['a', 'x', 'c']))
  expect(tagOf(['a', 'b', 'c'])).toBe(tagOf(['a', 'b', 'c']))
})

import { expect, test } from 'vitest'
import { newToken } from './session-token.js'

test('is 128 bits in base64url: 22 characters (P3.2)', () => {
  const tokens = Array.from({ length: 500 }, newToken)
  for (const token of tokens) {
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(Buffer.from(token, 'base64url').toString('base64url')).toBe(token)
  }
  expect(new Set(tokens).size).toBe(tokens.length)
  // All 64 characters occur, also those that differ from plain base64.
  expect(new Set(tokens.join('')).size).toBe(64)
})

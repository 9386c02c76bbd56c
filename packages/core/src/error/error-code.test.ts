import { expect, test } from 'vitest'
import { ERROR_CODES, isErrorCode } from './error-code.js'
import { usualFate } from './fate.js'

test('knows the codes of the table and nothing else', () => {
  for (const code of Object.keys(ERROR_CODES)) expect(isErrorCode(code)).toBe(true)
  for (const code of ['MUTED', '', 'constructor', '__proto__', 'toString']) expect(isErrorCode(code)).toBe(false)
})

test('every code has its fate, and a sentence for people', () => {
  for (const [code, entry] of Object.entries(ERROR_CODES)) {
    expect(entry.fate).toBe(usualFate(code))
    expect(entry.meaning).toMatch(/^[A-Z].*\.$/)
  }
})

test('nothing that never left the client may have run, and a code of an app has run', () => {
  expect(usualFate('QUEUE_FULL')).toBe('not-sent')
  expect(usualFate('NOT_FOUND')).toBe('rejected')
  expect(usualFate('CONNECTION_LOST')).toBe('maybe-executed')
  expect(usualFate('RESULT_LOST')).toBe('executed')
  expect(usualFate('MUTED')).toBe('executed')
  expect(usualFate('constructor')).toBe('executed')
})

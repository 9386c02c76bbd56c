import { expect, test } from 'vitest'
import { afterClose, CLOSE_CODE, closeReason } from './close-code.js'
import { CLOSE_CODES } from './close-code-table.js'

test('gives each code its name back', () => {
  for (const [reason, code] of Object.entries(CLOSE_CODE)) expect(closeReason(code)).toBe(reason)
  expect(closeReason(4999)).toBeUndefined()
})

test('no two names have one code, and our own are where an app may have them', () => {
  const codes = Object.values(CLOSE_CODE)
  expect(new Set(codes).size).toBe(codes.length)
  for (const code of codes) expect((code >= 1000 && code <= 1011) || (code >= 4000 && code <= 4999)).toBe(true)
})

test('a refusal is final, a broken socket is not', () => {
  expect(afterClose(4401)).toBe('stop')
  expect(afterClose(1000)).toBe('stop')
  expect(afterClose(1006)).toBe('retry')
  expect(afterClose(4409)).toBe('fresh')
  expect(afterClose(4411)).toBe('refresh')
})

test('a code of a proxy or a newer server is taken as a broken socket (P8.3)', () => {
  for (const code of [1011, 1012, 1013, 3000, 4999]) expect(afterClose(code)).toBe('retry')
})

test('the table says of every code what the functions do', () => {
  for (const [reason, entry] of Object.entries(CLOSE_CODES)) {
    expect(closeReason(entry.code)).toBe(reason)
    expect(entry.after).toBe(afterClose(entry.code))
    expect(entry.meaning).toMatch(/\.$/)
  }
})

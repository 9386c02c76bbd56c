import { TrunklineError } from '@trunkline/core'
import { expect, test } from 'vitest'
import { isTrunklineError } from './is-trunkline-error.js'
import { createProxy } from './proxy.js'

const api = createProxy(() => undefined) as Record<'send' | 'list', { '~types': { kind: 'query' }; '~path': string }>
const timeout = new TrunklineError('TIMEOUT', undefined, { path: 'send' })

test('says whether a value is a TrunklineError', () => {
  expect(isTrunklineError(timeout)).toBe(true)
  expect(isTrunklineError(new Error('TIMEOUT'))).toBe(false)
  expect(isTrunklineError({ code: 'TIMEOUT' })).toBe(false)
})

test('with a procedure, says whether a call of that one failed', () => {
  expect(isTrunklineError(timeout, api.send)).toBe(true)
  expect(isTrunklineError(timeout, api.list)).toBe(false)
})

test('with a code, says whether it failed with that one', () => {
  expect(isTrunklineError(timeout, api.send, 'TIMEOUT')).toBe(true)
  expect(isTrunklineError(timeout, api.send, 'CANCELLED')).toBe(false)
})
